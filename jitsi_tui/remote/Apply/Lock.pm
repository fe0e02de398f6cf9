# One run at a time, and none while packages are being installed.
package Apply::Lock;
use strict;
use warnings;
use Apply::Disk;
use Config;
use Errno qw(ENOENT);
use Fcntl qw(:DEFAULT :flock F_GETLK F_WRLCK F_UNLCK SEEK_SET);

our $VERSION = '1';

# The lock itself, close-on-exec so that no child keeps it: nothing where somebody else holds it. Its
# holder removes its file and the folder as he leaves: both are made anew then, and what we locked must
# still be the one that lies there.
sub take {
    my ($host) = @_;
    my $path = $host->run_folder . '/lock';
    for my $try ( 1 .. 20 ) {
        Apply::Disk::private_folder( $host->run_folder );
        my $lock = _open($path) // next;
        return if !flock $lock, LOCK_EX | LOCK_NB;
        my @ours = stat $lock;
        my @there = lstat $path;
        return $lock if @ours && @there && $ours[1] == $there[1];
    }
    return;
}

sub release {
    my ( $host, $lock ) = @_;
    unlink map { $host->run_folder . "/$_" } qw(holder holder.part lock);
    close $lock or return;
    rmdir $host->run_folder;
    return;
}

# Nothing where the folder went away meanwhile.
sub _open {
    my ($path) = @_;
    my $opened = sysopen my $lock, $path, O_RDWR | O_CREAT | O_NOFOLLOW, oct '600';
    return if !$opened && $! == ENOENT;
    die "no lock $path: $!\n" if !$opened;
    my $flags = fcntl $lock, F_GETFD, 0 or die "no lock: $!\n";
    fcntl $lock, F_SETFD, $flags | FD_CLOEXEC or die "no lock: $!\n";
    return $lock;
}

# What is asked of a run, for one process alone, until that process ends: it may be started twice where
# it can't be known whether it was started. Nothing for the other one, which waits for its turn.
sub claim {
    my ($folder) = @_;
    sysopen my $request, "$folder/request", O_RDONLY or return;
    flock $request, LOCK_EX or return;
    return rename( "$folder/request", "$folder/taken" ) ? $request : undef;
}

# Whether that process is there.
sub is_claimed {
    my ($folder) = @_;
    for my $name (qw(request taken)) {
        sysopen my $request, "$folder/$name", O_RDONLY or next;
        return !flock $request, LOCK_SH | LOCK_NB;
    }
    return 0;
}

# struct flock, which has room after its shorts where long long is aligned to eight bytes.
sub _template {
    return $Config{archname} =~ /\Ai\d86/x ? 's s q q l' : 's s x4 q q l x4';
}

# The process that holds one of dpkg's locks (of fcntl's kind: flock(1) doesn't see them).
sub dpkg_holder {
    my ($host) = @_;
    for my $name (qw(lock-frontend lock)) {
        sysopen my $file, $host->path("/var/lib/dpkg/$name"), O_RDONLY or next;
        my $ask = pack _template(), F_WRLCK, SEEK_SET, 0, 0, 0;
        fcntl $file, F_GETLK, $ask or next;
        my ( $type, undef, undef, undef, $pid ) = unpack _template(), $ask;
        return $pid || 'another container' if $type != F_UNLCK;
    }
    return;
}

1;
