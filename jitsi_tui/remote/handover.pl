#!/usr/bin/perl
# Gives one secret to one reader through a FIFO that is the user's alone, and removes it.
#
#   handover.pl NAME SECONDS
#
# Runs as the user who logged in, not under sudo, whose log_input would keep what it reads. Prints the
# FIFO's path; then reads a line with the secret's length in bytes, and the secret, from $input. Ends
# when the secret was taken, when its own input ends (whoever gave it is gone), or in time.
use strict;
use warnings;
use Errno qw(EAGAIN EINTR ENXIO);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK O_WRONLY);
use POSIX ();

our $input;    # see loader.pl

my $LOOK_EVERY = 0.01;    # seconds
my $PRIVATE    = oct 700;
my $SECRET     = oct 600;

my ( $name, $patience ) = @ARGV;
my ( $folder, $fifo );

# Signals end it by the same way as errors, so that nothing stays behind.
local @SIG{qw(HUP INT TERM)} = ( sub { die "ended by a signal\n" } ) x 3;
local $SIG{PIPE} = 'IGNORE';
local $| = 1;
umask 0077;

my $given  = eval { hand_over(); 1 };
my $reason = $@;
local @SIG{qw(HUP INT TERM)} = ('IGNORE') x 3;
if ( defined $fifo )   { unlink $fifo }
if ( defined $folder ) { rmdir $folder }
if ( !$given )         { print {*STDERR} $reason }
exit( $given ? 0 : 1 );

sub hand_over {
    make_fifo();
    print "$fifo\n" or die "nobody listens\n";
    my $secret = take_secret();
    my $reader = wait_for_reader();

    give( $reader, $secret );
    close $reader or die "the secret could not be written: $!\n";
    return;
}

# One write below PIPE_BUF is all or nothing; more goes as fast as it is read, within the same time.
sub give {
    my ( $reader, $secret ) = @_;
    my $flags = fcntl $reader, F_GETFL, 0;
    fcntl $reader, F_SETFL, $flags & ~O_NONBLOCK or die "the secret could not be written: $!\n";
    local $SIG{ALRM} = sub { die "nobody wanted the whole secret\n" };
    alarm $patience;
    my $given = 0;
    while ( $given < length $secret ) {
        my $wrote = syswrite $reader, $secret, length($secret) - $given, $given;
        defined $wrote or die "the secret could not be written: $!\n";
        $given += $wrote;
    }
    alarm 0;
    return;
}

sub base {
    my @choices = ( $ENV{XDG_RUNTIME_DIR}, $ENV{HOME}, ( getpwuid $< )[7] );
    for my $choice ( grep { defined && length } @choices ) {
        my @found = stat $choice;
        return $choice if @found && -d _ && -w _ && $found[4] == $<;
    }
    die "no folder of your own to put a FIFO into\n";
}

sub make_fifo {
    my $wanted = base() . "/.jitsi-tui-$name";
    mkdir $wanted, $PRIVATE or die "can't make $wanted: $!\n";
    $folder = $wanted;
    POSIX::mkfifo( "$folder/secret", $SECRET ) or die "can't make a FIFO in $folder: $!\n";
    $fifo = "$folder/secret";
    return;
}

sub take_secret {
    my $line = readline $input;
    my ($size) = ( $line // q{} ) =~ /\A(\d{1,6})\n\z/sm or die "no secret came\n";
    my $secret = q{};
    while ( length $secret < $size ) {
        my $got = read $input, $secret, $size - length $secret, length $secret;
        die "the secret was cut off\n" if !$got;
    }
    return $secret;
}

# True once whoever gave us the secret has closed our input.
sub giver_left {
    my $watched = q{};
    vec( $watched, fileno($input), 1 ) = 1;
    my $ready = select $watched, undef, undef, $LOOK_EVERY;
    return 0 if $ready <= 0;
    my $got = sysread $input, my $more, 4096;
    return defined $got ? $got == 0 : !( $! == EINTR || $! == EAGAIN );
}

sub wait_for_reader {
    my $rounds = $patience / $LOOK_EVERY;
    while ( $rounds-- > 0 ) {
        my $opened = sysopen my $reader, $fifo, O_WRONLY | O_NONBLOCK;
        return $reader                   if $opened;
        die "can't open $fifo: $!\n"     if $! != ENXIO;
        die "nobody wanted the secret\n" if giver_left();
    }
    die "nobody wanted the secret in time\n";
}
