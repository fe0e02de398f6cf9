# Many accounts by one program: Prosody's own Lua makes them as prosodyctl does, without its start for each.
package Accounts::Batch;
use strict;
use warnings;
use Accounts::Ctl qw(run);
use Accounts::Say qw(say_line unescape);
use Accounts::Store qw(exists_account slurp);
use Exporter qw(import);
use POSIX ();

our $VERSION   = '1';
our @EXPORT_OK = qw(add_many);
my $MOST  = 4;
my $AHEAD = 8;    # lines that a program has before it answered
my $FEW  = 25;    # accounts for which one program alone is fast enough

# $lines: "NAME PASSWORD" a line, both percent-escaped.
sub add_many {
    my ( $host, $program, $lines, $giver ) = @_;
    my ($text) = first_line('/usr/bin/prosodyctl') =~ m{\A\#!.*?(lua[\d.jit]*)}sm;
    return one_by_one( $host, $lines ) if !defined $text || !defined $program;
    my @said;
    for my $share ( shares($lines) ) {
        pipe my $read, my $write or die "pipe: $!\n";
        my $pid = open my $said, q{-|};    ## no critic (RequireBriefOpen)
        defined $pid or die "fork: $!\n";
        run_lua( $text, length $program, $read ) if !$pid;
        close $read;
        syswrite $write, "$program$host\n";
        my $one = { from => $said, rest => q{}, to => $write, lines => [ split /^/sm, $share ] };
        feed($one) for 1 .. $AHEAD;
        push @said, $one;
    }
    my $answered = eval { pass_on( $giver, @said ) };
    my $why = $@;

    # To close what a program says is to wait for its end: its input must have ended by then.
    end_input($_) for @said;
    die $why if !defined $answered;
    return $answered ? 0 : one_by_one( $host, $lines );
}

# A processor each, at most four: hashing a password is what takes the time.
sub shares {
    my ($lines) = @_;
    my @lines = split /^/sm, $lines;
    my $processors = () = ( slurp('/proc/cpuinfo') // q{} ) =~ /^processor\b/gsm;
    my $count = ( sort { $a <=> $b } $MOST, $processors || 1, 1 + int @lines / $FEW )[0];
    my @shares = (q{}) x $count;
    for my $at ( 0 .. $#lines ) { $shares[ $at % $count ] .= $lines[$at] }
    return @shares;
}

# The next line for a program; without one its input ends, and so does it.
sub feed {
    my ($one) = @_;
    my $line = shift @{ $one->{lines} };
    return syswrite $one->{to}, $line if defined $line && $one->{to};
    close delete $one->{to}           if $one->{to};
    return;
}

sub end_input {
    my ($one) = @_;
    $one->{lines} = [];
    return feed($one);
}

# Tells on what the programs say, as they say it; how many answers there were. Once the giver's input
# ends nobody wants more: the programs get no further lines, and end with those that they have.
sub pass_on {
    my ( $giver, @said ) = @_;
    my ( $answered, $wanted ) = ( 0, 1 );
    while (@said) {
        my $ready = q{};
        vec( $ready, fileno $_->{from}, 1 ) = 1 for @said;
        vec( $ready, fileno $giver, 1 ) = 1 if $wanted;
        next if select( $ready, undef, undef, undef ) <= 0;
        if ( $wanted && vec( $ready, fileno $giver, 1 ) && !sysread $giver, my $more, 4096 ) {
            $wanted = 0;
            end_input($_) for @said;
        }
        for my $one ( grep { vec $ready, fileno $_->{from}, 1 } @said ) {
            $one->{ended} = !sysread $one->{from}, $one->{rest}, 65_536, length $one->{rest};
            $answered += told($one);
        }
        close $_->{from} for grep { $_->{ended} } @said;
        @said = grep { !$_->{ended} } @said;
    }
    return $answered;
}

sub told {
    my ($one) = @_;
    my $answered = 0;
    while ( $one->{rest} =~ s/\A([^\n]*)\n//sm ) {
        my ( $word, @fields ) = split / /sm, $1;
        next if ( $word // q{} ) !~ /\A(?:made|exists|failed)\z/sm;
        $answered++;
        feed($one);
        say_line( $word, map { unescape($_) } @fields );
    }
    return $answered;
}

sub first_line {
    my ($path) = @_;
    open my $file, '<', $path or return q{};
    my $line = <$file>;
    close $file;
    return $line // q{};
}

# The program and its data come on one standard input, so that neither stands in an argument or a file.
sub run_lua {
    my ( $lua, $size, $read ) = @_;
    open STDIN,  '<&', $read      or POSIX::_exit(127);
    open STDERR, '>', '/dev/null' or POSIX::_exit(127);
    my ( $uid, $gid ) = ( getpwnam 'prosody' )[ 2, 3 ];
    if ( $> == 0 && defined $uid ) {
        $) = "$gid $gid";    ## no critic (RequireLocalizedPunctuationVars)
        POSIX::_exit(126) if !( POSIX::setgid($gid) && POSIX::setuid($uid) );
    }
    chdir q{/};

    my $start = sprintf 'assert((loadstring or load)(io.read(%d)))()', $size;
    exec {$lua} $lua, '-e', $start or POSIX::_exit(127);
}

# Where its Lua can't be used (the practice server has none).
sub one_by_one {
    my ( $host, $lines ) = @_;
    for my $line ( split /\n/sm, $lines ) {
        my ( $name, $password ) = map { unescape($_) } split / /sm, $line;
        if ( exists_account($name) ) { say_line( 'exists', $name ); next }
        my ( $status, $said ) = run( "$password\n$password\n", 'prosodyctl', 'adduser', "$name\@$host" );
        if ( $status == 0 && exists_account($name) ) { say_line( 'made', $name ) }
        elsif ( $said =~ /already[ ]exists/ism ) { say_line( 'exists', $name ) }
        else {
            $said =~ s/\Q$password\E/****/gsm;
            say_line( 'failed', $name, substr $said, -300 );
        }
    }
    return 0;
}

1;
