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
my $MOST = 4;
my $FEW  = 25;    # accounts for which one program alone is fast enough

# $lines: "NAME PASSWORD" a line, both percent-escaped.
sub add_many {
    my ( $host, $program, $lines, $giver ) = @_;
    my ($text) = first_line('/usr/bin/prosodyctl') =~ m{\A\#!.*?(lua[\d.jit]*)}sm;
    return one_by_one( $host, $lines ) if !defined $text || !defined $program;
    my @said;
    for my $share ( shares($lines) ) {
        my $pid = open my $said, q{-|};    ## no critic (RequireBriefOpen)
        defined $pid or die "fork: $!\n";
        run_lua( $text, $program, "$host\n$share" ) if !$pid;
        push @said, { from => $said, rest => q{} };
    }
    return pass_on( $giver, @said ) ? 0 : one_by_one( $host, $lines );
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

# Tells on what the programs say, as they say it; how many answers there were. Once the giver's input
# ends nobody wants more: each program ends at its next word, when its account is wholly made.
sub pass_on {
    my ( $giver, @said ) = @_;
    my $answered = 0;
    while (@said) {
        my $ready = q{};
        vec( $ready, fileno $_->{from}, 1 ) = 1 for @said;
        vec( $ready, fileno $giver, 1 ) = 1;
        next if select( $ready, undef, undef, undef ) <= 0;
        if ( vec( $ready, fileno $giver, 1 ) && !sysread $giver, my $more, 4096 ) {
            close $_->{from} for @said;
            return 1 + $answered;
        }
        for my $one (@said) {
            next if !vec $ready, fileno $one->{from}, 1;
            $one->{ended} = !sysread $one->{from}, $one->{rest}, 65_536, length $one->{rest};
            while ( $one->{rest} =~ s/\A([^\n]*)\n//sm ) {
                my ( $word, @fields ) = split / /sm, $1;
                next if ( $word // q{} ) !~ /\A(?:made|exists|failed)\z/sm;
                $answered++;
                say_line( $word, map { unescape($_) } @fields );
            }
        }
        close $_->{from} for grep { $_->{ended} } @said;
        @said = grep { !$_->{ended} } @said;
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
    my ( $lua, $program, $data ) = @_;
    pipe my $read, my $write or POSIX::_exit(127);
    my $feeder = fork // POSIX::_exit(127);
    if ( !$feeder ) {
        close $read;
        close STDOUT;
        local $SIG{PIPE} = 'IGNORE';
        print {$write} $program, $data;
        close $write;
        POSIX::_exit(0);
    }
    close $write;
    open STDIN,  '<&', $read      or POSIX::_exit(127);
    open STDERR, '>', '/dev/null' or POSIX::_exit(127);
    my ( $uid, $gid ) = ( getpwnam 'prosody' )[ 2, 3 ];
    if ( $> == 0 && defined $uid ) {
        $) = "$gid $gid";    ## no critic (RequireLocalizedPunctuationVars)
        POSIX::_exit(126) if !( POSIX::setgid($gid) && POSIX::setuid($uid) );
    }
    chdir q{/};

    # Once nobody hears it, it must end before the next account.
    local $SIG{PIPE} = 'DEFAULT';
    my $start = sprintf 'assert((loadstring or load)(io.read(%d)))()', length $program;
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
