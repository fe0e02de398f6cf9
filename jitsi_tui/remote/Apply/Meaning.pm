# What the files say, in the words of those who read them: Lua and Prosody's configuration manager,
# prosodyctl, and the HOCON reader that comes with Jicofo. What is missing is skipped, and said.
package Apply::Meaning;
use strict;
use warnings;
use Apply::Host;
use Apply::Text;

our $VERSION = '1';

my $SOURCE   = '/usr/lib/prosody';
my $MAIN     = '/etc/prosody/prosody.cfg.lua';
my $SECONDS  = 20;
my $MISSING  = 3;

# Compiles a file without running it, and complains by the name that people know.
my $COMPILE = <<'LUA';
local text = assert(io.open(arg[1], "rb")):read("*a");
local read, why = (loadstring or load)(text, "@" .. arg[2]);
if not read then print(why); os.exit(1); end
LUA
my $PARSE = <<"RUBY";
begin
  require 'hocon'
rescue LoadError
  exit $MISSING
end
begin
  Hocon.parse(File.read(ARGV[0], encoding: 'utf-8'))
rescue => e
  puts e.message.lines.first
  exit 1
end
RUBY
my @FATAL    = ( 'syntax[ ]error', 'unable[ ]to[ ](?:read|load|open)', 'error[ ](?:parsing|loading)' );
my $FATAL    = join q{|}, @FATAL;
my %STRANGER = map { $_ => 1 } qw(anonymous jitsi-anonymous);

sub new {
    my ( $class, $host, $lua ) = @_;
    return bless { host => $host, lua => $lua }, $class;
}

# The Lua that runs this server's Prosody, as its prosodyctl names it.
sub _lua {
    my ($self) = @_;
    my $text = Apply::Host::slurp( $self->{host}->path('/usr/bin/prosodyctl') );
    my ($name) = ( defined $text ? $text : q{} ) =~ m{\A\#!.*?(lua[\w.]*)\s}x;
    return if !defined $name;
    return ( grep {-x} map {"$_/$name"} qw(/usr/bin /usr/local/bin) )[0];
}

# The staged files, before anything is replaced. Dies where one can't be read by its reader.
sub check_staged {
    my ( $self, @files ) = @_;
    my @said;
    for my $file (@files) {
        push @said, $self->_check_lua($file)   if $file->{path} =~ m{[.]lua\z}x && $file->{path} =~ m{prosody}x;
        push @said, $self->_check_hocon($file) if $file->{path} =~ m{[.]conf\z}x;
    }
    return join '; ', grep { defined && $_ ne q{} } @said;
}

sub _check_lua {
    my ( $self, $file ) = @_;
    my $lua = $self->_lua;
    return "no Lua here to check $file->{path}" if !defined $lua;
    my ( $exit, $said ) = $self->{host}->command(
        [ $lua, q{-}, $file->{new}, $file->{path} ],
        input   => $COMPILE,
        seconds => $SECONDS
    );
    return _judge( $file, 'Lua', $exit, $said );
}

sub _check_hocon {
    my ( $self, $file ) = @_;
    my ( $exit, $said ) = $self->{host}->command( [ 'ruby', '-e', $PARSE, $file->{new} ], seconds => $SECONDS );
    return "no HOCON reader here to check $file->{path}" if $exit == 127 || $exit == $MISSING;
    return _judge( $file, 'HOCON', $exit, $said );
}

sub _judge {
    my ( $file, $kind, $exit, $said ) = @_;
    die "$file->{path} could not be read as $kind within $SECONDS s\n" if $exit == 124;
    die "$file->{path} would not be $kind: " . Apply::Text::tail( $said, 2 ) . "\n" if $exit != 0;
    return;
}

# Both that follow; each undefined where nobody answers.
sub now {
    my ($self) = @_;
    return { remarks => scalar $self->remarks, effective => scalar $self->effective };
}

# What prosodyctl remarks on the files as they are, line by line; nothing where it can't be asked.
sub remarks {
    my ($self) = @_;
    my $host = $self->{host};
    return if $host->{root} ne q{} && $host->{'path-first'} eq q{};
    my ( $exit, $said ) = $host->command( [ 'prosodyctl', 'check', 'config' ], seconds => $SECONDS );
    return if $exit == 127 || $exit == 124;
    return { map { $_ => 1 } grep {/\S/x} split /\n/x, $said };
}

# Host to its effective options. A text instead where the files can't be loaded, nothing where there
# is nobody to ask.
sub effective {
    my ($self) = @_;
    my $host = $self->{host};
    return if $host->{root} ne q{} || !defined $self->{lua} || !-e $MAIN;
    my $lua = $self->_lua;
    return if !defined $lua;
    my ( $exit, $said ) = $host->command(
        [ $lua, q{-}, $SOURCE, $MAIN ],
        input   => $self->{lua},
        seconds => $SECONDS,
        ( $> == 0 ? ( user => 'prosody' ) : () ),
    );
    my %option;
    for my $record ( Apply::Text::records($said) ) {
        my ( $kind, $name, $option, $value ) = @{$record};
        return join ': ', map { defined $_ ? $_ : q{} } $name, $option if $kind eq 'error';
        $option{$name}{$option} = $value if $kind eq 'option' && defined $value;
    }
    return \%option if $exit == 0 && %option;
    return Apply::Text::tail( $said, 2 );
}

# After the files were replaced: dies where Prosody can't load them any more, or where they don't say
# what was wanted of them.
sub compare {
    my ( $self, $before, $after, $wanted ) = @_;
    my @said = $self->_new_remarks( $before->{remarks}, $after->{remarks} );
    my ( $had, $has ) = ( $before->{effective}, $after->{effective} );
    if ( defined $has && !ref $has ) {
        die 'Prosody can\'t load its files: ' . Apply::Text::mask($has) . "\n"
          if ref $had;
        push @said, 'Prosody could not load its files before, and can\'t now';
    }
    elsif ( ref $has ) {
        $self->_as_wanted( $has, $wanted );
        push @said, _differences( ref $had ? $had : {}, $has ) . ' options of Prosody\'s differ';
    }
    else {
        push @said, 'Prosody\'s own reading of its files can\'t be had here';
    }
    return join '; ', @said;
}

sub _new_remarks {
    my ( $self, $before, $after ) = @_;
    return if !defined $before || !defined $after;
    my @new = grep { !$before->{$_} } sort keys %{$after};
    my @fatal = grep {/$FATAL/xi} @new;
    die 'prosodyctl check config: ' . Apply::Text::tail( join( "\n", @fatal ), 2 ) . "\n" if @fatal;
    return map { Apply::Text::mask( substr $_, 0, 200 ) } @new > 3 ? @new[ 0 .. 2 ] : @new;
}

sub _differences {
    my ( $had, $has ) = @_;
    my $count = 0;
    my %hosts = ( %{$had}, %{$has} );
    for my $name ( keys %hosts ) {
        my ( $old, $new ) = ( $had->{$name} || {}, $has->{$name} || {} );
        my %options = ( %{$old}, %{$new} );
        for my $option ( keys %options ) {
            my ( $was, $is ) = map { defined $_ ? $_ : q{} } $old->{$option}, $new->{$option};
            $count++ if $was ne $is;
        }
    }
    return $count;
}

sub _as_wanted {
    my ( $self, $has, $wanted ) = @_;
    my ( $domain, $guest ) = @{$wanted}{qw(domain guest)};
    return if !defined $domain || $domain eq q{} || !$has->{$domain};
    return if !defined $wanted->{strangers} || $wanted->{strangers} eq q{};
    my $open = _strangers( $has, $domain );
    die "as Prosody reads its files, strangers can log in on $domain\n" if $open && !$wanted->{strangers};
    die "as Prosody reads its files, strangers can't log in on $domain\n" if !$open && $wanted->{strangers};
    die "as Prosody reads its files, guests can't log in on $guest\n"
      if $wanted->{guests} && defined $guest && $guest ne q{} && !_strangers( $has, $guest );
    return;
}

sub _strangers {
    my ( $has, $name ) = @_;
    my $method = $has->{$name}{authentication};
    $method = $has->{q{*}}{authentication} if !defined $method;
    return 0 if !$has->{$name} || !defined $method;
    $method =~ s{\Astring:}{}x;
    return $STRANGER{$method} ? 1 : 0;
}

1;
