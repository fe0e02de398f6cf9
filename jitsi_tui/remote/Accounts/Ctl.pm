# prosodyctl: one command, run without a shell; and what the running server is told through it.
package Accounts::Ctl;
use strict;
use warnings;
use Accounts::Say qw(say_line);
use Exporter qw(import);
use POSIX ();

our $VERSION   = '1';
our @EXPORT_OK = qw(answer_of ask_shell close_sessions quoted run shell);
my $PATIENCE = 30;     # seconds: a Prosody that hangs takes connections, and never answers
my $LATE     = 124;    # of timeout(1)

# Runs a command fed from $input; returns its exit status and all it said.
sub run {
    my ( $input, @command ) = @_;
    return heard( start( $input, @command ) );
}

# Starts a command and feeds it; what it says waits to be heard.
sub start {
    my ( $input, @command ) = @_;
    pipe my $to_read,   my $to_write   or die "pipe: $!\n";
    pipe my $from_read, my $from_write or die "pipe: $!\n";
    my $pid = fork;
    defined $pid or die "fork: $!\n";
    if ( !$pid ) {
        close $to_write;
        close $from_read;
        open STDIN,  '<&', $to_read    or POSIX::_exit(127);
        open STDOUT, '>&', $from_write or POSIX::_exit(127);
        open STDERR, '>&', $from_write or POSIX::_exit(127);
        exec {'timeout'} 'timeout', '--kill-after=5', $PATIENCE, @command or POSIX::_exit(127);
    }
    close $to_read;
    close $from_write;
    local $SIG{PIPE} = 'IGNORE';
    print {$to_write} $input;
    close $to_write;
    return { pid => $pid, says => $from_read };
}

sub heard {
    my ($started) = @_;
    my $said = q{};
    while ( sysread $started->{says}, my $piece, 65_536 ) {
        $said .= $piece if length $said < 33_554_432;
    }
    waitpid $started->{pid}, 0;
    my $status = $? >> 8 || $? & 127;
    $said .= "\nno answer within $PATIENCE s: does Prosody hang?\n" if $status == $LATE;
    return ( $status, $said );
}

# One command of the running server's console (0.12 and later); true where it answered "OK".
sub shell {
    my (@words) = @_;
    return answer_of( ask_shell(@words) );
}

# The same in two steps, with time in between for other work.
sub ask_shell {
    my (@words) = @_;
    return start( q{}, 'prosodyctl', 'shell', @words );
}

sub answer_of {
    my ($asked) = @_;
    my ( $status, $said ) = heard($asked);
    my $answered = $status == 0 && $said =~ /^(?:[|]\s*)?(?:OK|Result):\s/sm;
    return ( $answered ? 1 : 0, $said );
}

# A Lua string that holds any bytes.
sub quoted {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9.\-])/sprintf '\\%03d', ord $1/gesm;
    return qq{"$text"};
}

# Open connections outlive the account: Prosody 0.12 changes it behind the running server's back.
sub close_sessions {
    my ( $name, $host ) = @_;
    my ( $ok,   $said ) = shell( 'c2s', 'close', "$name\@$host" );
    my ($count) = $said =~ /Total:\s*(\d+)/sm;
    return say_line( 'closed', $name, $ok ? $count // 0 : q{-} );
}

1;
