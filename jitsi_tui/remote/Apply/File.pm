# One file of a change: looked at, staged beside itself, swapped in, and given back.
#
# Its names in the folder of the target, which no pattern of Prosody's or a web server's matches:
# .NAME.jitsi-tui-ID.new is the staged one, .NAME.jitsi-tui-ID.old a hard link of the old inode.
package Apply::File;
use strict;
use warnings;
use Apply::Disk;
use Apply::Host;
use Apply::Kernel;
use Cwd ();
use Fcntl qw(:DEFAULT :mode);

our $VERSION = '1';

my $MODE = oct '7777';

# What stands for the hash of a file that isn't there: before it is made, or after it is taken away.
our $ABSENT = 'absent';

# The kind that a change is: of a file that stays, of one that comes (Apply::NewFile), or of one that
# goes (Apply::GoneFile).
sub make {
    my ( $class, %with ) = @_;
    my $kind = $with{before} eq $ABSENT ? 'Apply::NewFile' : $with{after} eq $ABSENT ? 'Apply::GoneFile' : $class;
    return $kind->new(%with);
}

sub new {
    my ( $class, %with ) = @_;    # host, id, index, path, before (sha256), after (sha256), perhaps mode
    my $self   = bless {%with}, $class;
    my $real   = $self->{host}->path( $self->{path} );
    my $folder = Apply::Disk::folder_of($real);
    my $name   = substr $real, length($folder) + 1;
    @{$self}{qw(real folder)} = ( $real, $folder );
    $self->{new} = "$folder/.$name.jitsi-tui-$self->{id}.new";
    $self->{old} = "$folder/.$name.jitsi-tui-$self->{id}.old";
    return $self;
}

# The bytes that were planned for, read now; dies where the file isn't the planned one or can't be
# replaced without losing something.
sub check {
    my ($self) = @_;
    my ( $path, $real ) = @{$self}{qw(path real)};
    my @stat = lstat $real;
    die "$path is gone\n" if !@stat;
    die "$path is a link now\n" if S_ISLNK( $stat[2] );
    die "$path is not a file\n" if !S_ISREG( $stat[2] );
    my $resolved = Cwd::abs_path($real);
    die "$path lies elsewhere now ($resolved)\n" if !defined $resolved || $resolved ne $self->_expected;
    die "$path has $stat[3] names (hard links), which replacing it would part; "
      . "find the others with: find / -xdev -samefile $path\n"
      if $stat[3] > 1;
    die "$path is mounted there by itself (a bind mount) and can't be replaced\n" if Apply::Kernel::is_mount($real);
    for my $each ( [ $path, $real ], [ Apply::Disk::folder_of($path), $self->{folder} ] ) {
        my $why = Apply::Kernel::frozen( $each->[1] );
        die "$each->[0] is $why\n" if defined $why;
    }
    my $bytes = Apply::Host::slurp($real);
    die "$path can't be read: $!\n" if !defined $bytes;
    die "$path was changed since the plan was made\n"
      if Apply::Disk::sha256( $self->{host}, $real ) ne $self->{before}
      || ( $self->_mode_alone && ( $stat[2] & $MODE ) == $self->{mode} );
    @{$self}{qw(bytes stat mode_before)} = ( $bytes, \@stat, $stat[2] & $MODE );
    return $bytes;
}

# The folder's own path with links above it followed: only the last name is ours to judge.
sub _expected {
    my ($self) = @_;
    my $root = $self->{host}{root};
    my $base = $root eq q{} ? q{} : Cwd::abs_path($root);
    return $base . $self->{path};
}

# The wanted bytes in a copy that has everything else of the old file.
sub stage {
    my ( $self, $bytes ) = @_;
    my ( $real, $new ) = @{$self}{qw(real new)};
    my ( $exit, $said ) = $self->{host}->command( [ 'cp', '-a', '--', $real, $new ] );
    die "$self->{path} can't be staged: $said\n" if $exit != 0;
    sysopen my $handle, $new, O_WRONLY | O_TRUNC | O_NOFOLLOW or die "$self->{path} can't be staged: $!\n";
    Apply::Disk::write_all( $handle, $bytes, $new );
    my $flags = Apply::Kernel::settable_flags($real);
    if ( $flags != Apply::Kernel::settable_flags($new) ) {
        Apply::Kernel::set_flags( $new, $flags );
    }
    $self->_same_as_old;
    if ( defined $self->{mode} ) {
        chmod $self->{mode}, $handle or die "the mode of $self->{path} can't be changed: $!\n";
    }
    $handle->sync or die "$self->{path} can't be synced: $!\n";
    close $handle or die "$self->{path} can't be staged: $!\n";
    die "$self->{path} was staged wrongly\n"
      if Apply::Disk::sha256( $self->{host}, $new ) ne $self->{after};
    $self->{wanted} = $bytes;
    return;
}

# Owner, group, mode, ACLs and other extended attributes, and the flags of chattr.
sub _same_as_old {
    my ($self) = @_;
    my ( $real, $new ) = @{$self}{qw(real new)};
    my @old = lstat $real;
    my @now = lstat $new;
    die "$self->{path} is gone\n" if !@old || !@now;
    my @kept = ( [ 4, 'owner' ], [ 5, 'group' ], [ 2, 'mode' ] );
    for my $each (@kept) {
        die "the $each->[1] of $self->{path} can't be kept\n" if $old[ $each->[0] ] != $now[ $each->[0] ];
    }
    my ( $had, $has ) = map { Apply::Kernel::xattrs($_) } $real, $new;
    die "the ACL or attributes of $self->{path} can't be kept\n"
      if defined $had ? $had ne $has : -x '/usr/bin/getfacl' && $self->_facl($real) ne $self->_facl($new);
    die "the flags (chattr) of $self->{path} can't be kept\n"
      if Apply::Kernel::settable_flags($real) != Apply::Kernel::settable_flags($new);
    return;
}

sub _facl {
    my ( $self, $path ) = @_;
    my ( undef, $said ) = $self->{host}->command( [ 'getfacl', '--omit-header', '--absolute-names', '--', $path ] );
    return $said;
}

# A second name of the old inode: giving it back needs no room and no copying.
sub keep_old {
    my ($self) = @_;
    link $self->{real}, $self->{old} or die "$self->{path} can't be kept beside itself: $!\n";

    # On an overlay the link is what brings the file up, and each of its names may have a number.
    my ( $link, $file ) = map { ( lstat $_ )[1] } @{$self}{qw(old real)};
    die "$self->{path} was changed meanwhile\n"
      if !defined $link || !defined $file || $self->whose( $self->{old} ) ne 'old';
    $self->{numbers} = { $link => 1, $file => 1 };
    return;
}

# The last look before anything is replaced.
sub check_again {
    my ($self) = @_;
    die "$self->{path} was changed meanwhile\n" if !$self->_is_planned( $self->{real} );
    return;
}

# Puts the staged file in the place of the very one that was planned for.
sub swap_in {
    my ($self) = @_;
    my ( $real, $new ) = @{$self}{qw(real new)};
    $self->check_again;
    my $exchanged = Apply::Kernel::exchange( $new, $real );
    if ( !defined $exchanged ) {
        rename $new, $real or die "$self->{path} can't be replaced: $!\n";
    }
    elsif ( !$exchanged ) {
        die "$self->{path} can't be replaced: $!\n";
    }
    elsif ( !$self->_is_planned($new) ) {
        Apply::Kernel::exchange( $new, $real );
        die "$self->{path} was changed meanwhile\n";
    }
    else {
        unlink $new;
    }
    $self->{swapped} = 1;
    return;
}

sub _is_planned {
    my ( $self, $path ) = @_;
    my @stat = lstat $path;
    my $bytes = Apply::Host::slurp($path);
    return
         @stat
      && defined $bytes
      && S_ISREG( $stat[2] )
      && $self->{numbers}{ $stat[1] }
      && $bytes eq $self->{bytes};
}

# Whose bytes stand there now: "old", "ours", "foreign" or "gone".
sub whose {
    my ( $self, $path ) = @_;
    $path = $self->{real} if !defined $path;
    return 'gone' if !-e $path;
    return 'foreign' if -l $path || !-f _;
    my $mode = ( lstat _ )[2] & $MODE;
    my $sum = eval { Apply::Disk::sha256( $self->{host}, $path ) };
    return $self->_whose_bytes( Apply::Host::slurp($path) ) if !defined $sum;
    return $sum ne $self->{before} ? 'foreign' : $mode == $self->{mode} ? 'ours' : 'old' if $self->_mode_alone;
    return $sum eq $self->{before} ? 'old' : $sum eq $self->{after} ? 'ours' : 'foreign';
}

# The bytes stay as they are, and the mode becomes another.
sub _mode_alone {
    my ($self) = @_;
    return defined $self->{mode} && $self->{before} eq $self->{after};
}

# The same without sha256sum, as far as this process knows the bytes.
sub _whose_bytes {
    my ( $self, $bytes ) = @_;
    return 'foreign' if !defined $bytes;
    for my $known ( [ old => $self->{bytes} ], [ ours => $self->{wanted} ] ) {
        return $known->[0] if defined $known->[1] && $known->[1] eq $bytes;
    }
    return 'foreign';
}

# Whether an interrupted run had replaced it: where the staged file still lies beside it, it had not.
sub was_swapped {
    my ($self) = @_;
    return $self->whose( $self->{new} ) ne 'ours';
}

# The old file in its place again: true, or false where somebody else changed it meanwhile.
# Dies where it is ours but can't be replaced.
sub give_back {
    my ( $self, $kept ) = @_;
    my $whose = $self->whose;
    return 1 if $whose eq 'old';
    return 0 if $whose ne 'ours';
    $self->_remake_old($kept) if !-e $self->{old} || $self->whose( $self->{old} ) ne 'old';
    my ( $old, $real ) = @{$self}{qw(old real)};
    my $exchanged = Apply::Kernel::exchange( $old, $real );
    if ( !defined $exchanged ) {
        rename $old, $real or die "$self->{path} can't be given back: $!\n";
    }
    elsif ( !$exchanged ) {
        die "$self->{path} can't be given back: $!\n";
    }
    elsif ( $self->whose($old) ne 'ours' ) {
        Apply::Kernel::exchange( $old, $real );
        return 0;
    }
    return 1;
}

sub _kept_bytes {
    my ( $self, $kept ) = @_;
    my $bytes = Apply::Host::slurp($kept);
    die "$self->{path} can't be given back: its backup $kept can't be read\n" if !defined $bytes;
    return $bytes;
}

# From the backup, where the hard link was lost.
sub _remake_old {
    my ( $self, $kept ) = @_;
    my $bytes = $self->_kept_bytes($kept);
    unlink $self->{old};
    my ( $exit, $said ) = $self->{host}->command( [ 'cp', '-a', '--', $self->{real}, $self->{old} ] );
    die "$self->{path} can't be given back: $said\n" if $exit != 0;
    sysopen my $handle, $self->{old}, O_WRONLY | O_TRUNC or die "$self->{path} can't be given back: $!\n";
    Apply::Disk::write_all( $handle, $bytes, $self->{old} );
    if ( defined $self->{mode} && defined $self->{mode_before} ) {
        chmod $self->{mode_before}, $handle or die "the mode of $self->{path} can't be given back: $!\n";
    }
    $handle->sync or die "$self->{path} can't be given back: $!\n";
    close $handle or die "$self->{path} can't be given back: $!\n";
    return;
}

# Nothing of ours beside the target any more; gives back how many names could not be removed.
sub clear {
    my ($self) = @_;
    my $gone = 0;
    for my $path ( @{$self}{qw(new old)} ) {
        $gone += unlink $path;
    }
    Apply::Disk::sync_path( $self->{folder} ) if $gone;
    return scalar grep { -e $_ || -l $_ } @{$self}{qw(new old)};
}

1;
