# Gives one secret to one reader through a FIFO that is the user's alone, and removes it.
#
# Runs as the user who logged in, not under sudo, whose log_input would keep what it reads. Prints the
# FIFO's path; then reads a line with the secret's length in bytes, and the secret, from DATA.
# Ends when the secret was taken, when its own input ends (whoever gave it is gone), or in time.
#
#   handover.pl NAME SECONDS

use strict;
use warnings;
use Errno qw(EAGAIN EINTR ENXIO);
use Fcntl qw(O_NONBLOCK O_WRONLY);
use POSIX ();

my $LOOK_EVERY = 0.01;

my ($name, $patience) = @ARGV;
my ($folder, $fifo);

sub clean_up {
    unlink $fifo if defined $fifo;
    rmdir $folder if defined $folder;
    return;
}

END { clean_up() }
for my $signal (qw(HUP INT TERM PIPE)) {
    $SIG{$signal} = sub { exit 1 };
}

sub base {
    my @choices = grep { defined && length } $ENV{XDG_RUNTIME_DIR}, $ENV{HOME}, (getpwuid $<)[7];
    for my $choice (@choices) {
        my @found = stat $choice;
        return $choice if @found && -d _ && -w _ && $found[4] == $<;
    }
    die "no folder of your own to put a FIFO into\n";
}

sub make_fifo {
    umask 077;
    my $wanted = base() . "/.jitsi-tui-$name";
    mkdir $wanted, 0700 or die "can't make $wanted: $!\n";
    $folder = $wanted;
    POSIX::mkfifo("$folder/secret", 0600) or die "can't make a FIFO in $folder: $!\n";
    $fifo = "$folder/secret";
    return;
}

sub take_secret {
    my $size = readline DATA;
    die "no secret came\n" if !defined $size || $size !~ /\A([0-9]{1,4})\n\z/;
    $size = $1;
    my $secret = '';
    while (length $secret < $size) {
        my $got = read DATA, $secret, $size - length $secret, length $secret;
        die "the secret was cut off\n" if !$got;
    }
    return $secret;
}

# True once whoever gave us the secret has closed our input.
sub giver_left {
    my $watched = '';
    vec($watched, fileno(DATA), 1) = 1;
    my $ready = select $watched, undef, undef, $LOOK_EVERY;
    return 0 if $ready <= 0;
    my $got = sysread DATA, my $more, 4096;
    return defined $got ? $got == 0 : !($! == EINTR || $! == EAGAIN);
}

sub wait_for_reader {
    my $rounds = $patience / $LOOK_EVERY;
    while ($rounds-- > 0) {
        my $opened = sysopen my $reader, $fifo, O_WRONLY | O_NONBLOCK;
        return $reader if $opened;
        die "can't open $fifo: $!\n" if $! != ENXIO;
        die "nobody wanted the secret\n" if giver_left();
    }
    die "nobody wanted the secret in time\n";
}

sub give {
    my ($out, $secret) = @_;

    # One write below PIPE_BUF: all or nothing.
    defined syswrite $out, $secret or die "the secret could not be written: $!\n";
    close $out or die "the secret could not be written: $!\n";
    return;
}

$| = 1;
make_fifo();
print "$fifo\n";
my $secret = take_secret();
give(wait_for_reader(), $secret);
exit 0;
