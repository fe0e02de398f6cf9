#!/usr/bin/perl
# Lists, adds, changes and removes accounts of one Prosody host.
#
#   accounts.pl [--root=DIR] [--path-first=DIR] list HOST
#   accounts.pl … add|passwd HOST NAME FIFO
#   accounts.pl … remove HOST NAME...
#
# A password is read from the FIFO and handed to prosodyctl on its standard input, so that it stands
# in no argument and in no input log of sudo. Answers are lines of a word and percent-escaped fields.
use strict;
use warnings;

local $ENV{LC_ALL} = 'C.UTF-8';
my %option = ( root => q{}, 'path-first' => q{} );
while ( @ARGV && $ARGV[0] =~ /\A--([\w-]+)=(.*)\z/sm ) {
    $option{$1} = $2;
    shift @ARGV;
}
my ( $action, $host, @rest ) = @ARGV;
my $data = "$option{root}/var/lib/prosody/" . encode($host) . q{/};
if ( $option{'path-first'} ne q{} ) {
    $ENV{PATH} = "$option{'path-first'}:$ENV{PATH}";    ## no critic (RequireLocalizedPunctuationVars)
}
else {
    $ENV{PATH} .= ':/usr/sbin:/sbin';                   ## no critic (RequireLocalizedPunctuationVars)
}

my %does = (
    list   => \&list,
    add    => sub { return set_password( 'adduser', @_ ) },
    passwd => sub { return set_password( 'passwd',  @_ ) },
    remove => \&remove,
);
my $do = $does{ $action // q{} } or die "unknown action\n";
exit $do->(@rest);

# Prosody's data files encode all but letters and digits (util.datamanager).
sub encode {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9])/sprintf '%%%02x', ord $1/gesm;
    return $text;
}

sub decode {
    my ($text) = @_;
    $text =~ s/%([0-9a-fA-F]{2})/chr hex $1/gesm;
    return $text;
}

sub say_line {
    my ( $word, @fields ) = @_;
    for (@fields) { s/([^A-Za-z0-9._\-])/sprintf '%%%02x', ord $1/gesm }
    return print join( q{ }, $word, @fields ), "\n";
}

# Runs a command without a shell, fed from $input; returns its exit status and all it said.
sub run {
    my ( $input, @command ) = @_;
    pipe my $to_read,   my $to_write   or die "pipe: $!\n";
    pipe my $from_read, my $from_write or die "pipe: $!\n";
    my $pid = fork;
    defined $pid or die "fork: $!\n";
    if ( !$pid ) {
        close $to_write;
        close $from_read;
        open STDIN,  '<&', $to_read    or exit 127;
        open STDOUT, '>&', $from_write or exit 127;
        open STDERR, '>&', $from_write or exit 127;
        exec {$command[0]} @command or exit 127;
    }
    close $to_read;
    close $from_write;
    local $SIG{PIPE} = 'IGNORE';
    print {$to_write} $input;
    close $to_write;
    my $said = q{};
    while ( sysread $from_read, my $piece, 65_536 ) {
        $said .= $piece if length $said < 33_554_432;
    }
    waitpid $pid, 0;
    return ( $? >> 8 || $? & 127, $said );
}

sub list {
    my ( $status, $said ) = run( q{}, 'prosodyctl', 'shell', 'user', 'list', $host );
    my @names;
    my $source = 'files';
    if ( $status == 0 && $said =~ /^(?:OK|[|]\s*OK):\s/m ) {
        $source = 'shell';
        @names  = map { /\A[|]?\s*(\S+)[@]\Q$host\E\s*\z/ism ? $1 : () } split /\n/sm, $said;
    }
    else {
        @names = names_by_files();
        return 3 if !defined $names[0] && !-x "$option{root}/var/lib/prosody";
    }
    say_line( 'source', $source );
    say_line( 'user', $_, account_facts($_) ) for @names;
    return 0;
}

sub names_by_files {
    opendir my $folder, "${data}accounts" or return;
    my @names = map { /\A(.+)[.]dat\z/sm ? decode($1) : () } readdir $folder;
    closedir $folder;
    @names = sort @names;
    return @names;
}

# created, last seen (both Unix time or "-"), enabled ("yes", "no", "-").
sub account_facts {
    my ($name) = @_;
    my $file   = encode($name) . '.dat';
    my $text   = slurp("${data}accounts/$file");
    my $seen   = q{-};
    for my $store (qw(account_activity lastlog2 lastlog)) {
        my $log = slurp("$data$store/$file") // next;
        my ($latest) = sort { $b <=> $a } $log =~ /=\s*(\d{9,11})\b/gsm;
        if ( defined $latest ) { $seen = $latest; last }
    }
    return ( q{-}, $seen, q{-} ) if !defined $text;
    my ($created) = $text =~ /\["created"\]\s*=\s*(\d{9,11})\b/sm;
    ($created) = $text =~ /\["updated"\]\s*=\s*(\d{9,11})\b/sm if !defined $created;
    $created //= ( stat "${data}accounts/$file" )[9];
    my $enabled = $text =~ /\["disabled"\]\s*=\s*true/sm ? 'no' : 'yes';
    return ( $created, $seen, $enabled );
}

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or return;
    read $file, my $text, 1_048_576;
    close $file;
    return $text;
}

sub set_password {
    my ( $command, $name, $fifo ) = @_;
    my $exists = -e "${data}accounts/" . encode($name) . '.dat';
    my $password = read_secret($fifo);
    my ( $status, $said ) = run( "$password\n$password\n", 'prosodyctl', $command, "$name\@$host" );
    my $there = -e "${data}accounts/" . encode($name) . '.dat';
    say_line( 'status', $status, $exists ? 'existed' : 'new', $there ? 'there' : 'missing' );
    say_line( 'said', without( $password, $said ) );
    close_sessions($name) if $command eq 'passwd' && $status == 0;
    return 0;
}

sub read_secret {
    my ($fifo) = @_;
    local $SIG{ALRM} = sub { die "nobody handed the password over\n" };
    alarm 20;
    open my $in, '<', $fifo or die "cannot open the password's FIFO: $!\n";
    my $password = do { local $/ = undef; <$in> };
    close $in;
    alarm 0;
    length( $password // q{} ) or die "the password did not arrive\n";
    return $password;
}

sub without {
    my ( $secret, $said ) = @_;
    $said =~ s/\Q$secret\E/****/gsm;
    return substr $said, 0, 4096;
}

sub remove {
    my (@names) = @_;
    for my $name (@names) {
        my $file   = "${data}accounts/" . encode($name) . '.dat';
        my $before = -e $file;
        my ( $status, $said ) = run( q{}, 'prosodyctl', 'deluser', "$name\@$host" );
        say_line( 'removed', $name, $status, $before ? 'existed' : 'missing', -e $file ? 'there' : 'gone' );
        say_line( 'said', substr $said, 0, 4096 );
        close_sessions($name) if !-e $file;
    }
    return 0;
}

# Open connections outlive the account: Prosody 0.12 changes it behind the running server's back.
sub close_sessions {
    my ($name) = @_;
    my ( $status, $said ) = run( q{}, 'prosodyctl', 'shell', 'c2s', 'close', "$name\@$host" );
    return say_line( 'closed', $status == 0 && $said =~ /OK:/sm ? 'yes' : 'no' );
}
