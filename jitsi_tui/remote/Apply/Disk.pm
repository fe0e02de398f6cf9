# Bytes that are really on the disk when a call returns.
package Apply::Disk;
use strict;
use warnings;
use Errno qw(EEXIST EINTR ENOENT);
use Fcntl qw(:DEFAULT);
use IO::Handle;

our $VERSION = '1';

# A name of a file or folder, made durable.
sub sync_path {
    my ($path) = @_;
    sysopen my $handle, $path, O_RDONLY or die "$path can't be opened: $!\n";
    $handle->sync or die "$path can't be synced: $!\n";
    close $handle or die "$path can't be closed: $!\n";
    return;
}

sub folder_of {
    my ($path) = @_;
    return $path =~ m{\A(.+)/[^/]+\z}xs ? $1 : q{/};
}

sub write_all {
    my ( $handle, $bytes, $path ) = @_;
    my $done = 0;
    while ( $done < length $bytes ) {
        my $sent = syswrite $handle, $bytes, length($bytes) - $done, $done;
        next if !defined $sent && $! == EINTR;
        die "$path can't be written: $!\n" if !defined $sent;
        $done += $sent;
    }
    return;
}

# A new file, oct '600', on the disk before its name counts.
sub create {
    my ( $path, $bytes, $mode ) = @_;
    sysopen my $handle, $path, O_WRONLY | O_CREAT | O_EXCL, defined $mode ? $mode : oct '600'
      or die "$path can't be made: $!\n";
    write_all( $handle, $bytes, $path );
    $handle->sync or die "$path can't be synced: $!\n";
    close $handle or die "$path can't be written: $!\n";
    sync_path( folder_of($path) );
    return;
}

# Replaces a file of ours. Where the disk is full, the old file's own blocks are written anew.
sub replace {
    my ( $path, $bytes ) = @_;
    my $beside = "$path.part";
    unlink $beside;
    if ( eval { create( $beside, $bytes ); 1 } && rename $beside, $path ) {
        sync_path( folder_of($path) );
        return;
    }
    my $why = $@ || "$!\n";
    unlink $beside;
    my $room = -s $path || 0;
    die $why if length $bytes > $room;
    sysopen my $handle, $path, O_WRONLY or die $why;
    write_all( $handle, $bytes . "\n" x ( $room - length $bytes ), $path );
    $handle->sync or die $why;
    close $handle or die $why;
    return;
}

sub rename_durably {
    my ( $from, $to ) = @_;
    rename $from, $to or return 0;
    sync_path( folder_of($to) );
    return 1;
}

sub remove_durably {
    my ($path) = @_;
    return if !unlink $path;
    sync_path( folder_of($path) );
    return;
}

# A private folder; it may be there already, but then it must be ours and closed to others. Who leaves it
# may take it away between two looks at it.
sub private_folder {
    my ($path) = @_;
    while ( !mkdir $path, oct '700' ) {
        my $why  = $!;
        my @stat = lstat $path;
        next if !@stat && $why == EEXIST;
        die "$path can't be made: $why\n" if !@stat;
        die "$path is not a folder of ours\n" if !-d _ || $stat[4] != $>;
        return if !( $stat[2] & oct '77' ) || chmod oct '700', $path;
        die "$path can't be closed to others: $!\n" if $! != ENOENT;
    }
    sync_path( folder_of($path) );
    return;
}

# A folder of ours with all that is in it; files only one level deep and deeper, never through a link.
sub remove_tree {
    my ($path) = @_;
    if ( !-l $path && -d _ ) {
        opendir my $folder, $path or return;
        my @names = grep { !/\A[.]{1,2}\z/x } readdir $folder;
        closedir $folder or return;
        remove_tree("$path/$_") for @names;
        rmdir $path or return;
    }
    elsif ( !unlink $path ) {
        return;
    }
    return;
}

# Bytes on the disk of a folder of ours with all that is in it.
sub size_of {
    my ($path) = @_;
    my @stat = lstat $path or return 0;
    my $size = $stat[12] * 512;
    return $size if !-d _;
    opendir my $folder, $path or return $size;
    my @names = grep { !/\A[.]{1,2}\z/x } readdir $folder;
    closedir $folder or return $size;
    $size += size_of("$path/$_") for @names;
    return $size;
}

sub sha256 {
    my ( $host, $path ) = @_;
    my ( $exit, $said ) = $host->command( [ 'sha256sum', '--', $path ] );
    return $said =~ m{\A\\?([0-9a-f]{64})\s}x ? $1 : die "sha256sum of $path: $said\n";
}

1;
