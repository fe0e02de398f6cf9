# What Linux knows of a file and perl-base has no word for: extended attributes, flags, mounts, and
# the exchange of two names in one go.
package Apply::Kernel;
use strict;
use warnings;
use Apply::Host;
use Errno qw(ENOSYS EINVAL);
use Fcntl qw(:DEFAULT);
use POSIX ();

our $VERSION = '1';

# By machine: getxattr(2), listxattr(2), renameat2(2).
my @GENERIC = ( 8, 11, 276 );
my %CALL    = (
    x86_64  => [ 191, 194, 316 ],
    aarch64 => [@GENERIC],
    riscv64 => [@GENERIC],
    i686    => [ 229, 232, 353 ],
    armv7l  => [ 229, 232, 382 ],
    ppc64le => [ 212, 215, 357 ],
    s390x   => [ 227, 230, 347 ],
);
my $AT_FDCWD        = -100;
my $RENAME_EXCHANGE = 2;
my $GET_FLAGS       = 0x80086601;
my $GET_FLAGS_32    = 0x80046601;
my $SET_FLAGS       = 0x40086602;
my $SET_FLAGS_32    = 0x40046602;
my $IMMUTABLE       = 0x10;
my $APPEND_ONLY     = 0x20;
my $ROOM            = 65_536;

# Flags that an admin sets with chattr and that a new file can have: not those that the file system
# sets by itself (extents, inline data, encryption, verity).
my $SETTABLE = 0x1 | 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x4000 | 0x10000 | 0x800000;

sub _call {
    my ($which) = @_;
    my $machine = ( POSIX::uname() )[4];
    $machine = 'i686' if $machine =~ /\Ai\d86\z/x;
    return $CALL{$machine} ? $CALL{$machine}[$which] : undef;
}

# Names and values as one comparable text; nothing where this machine's calls aren't known.
sub xattrs {
    my ($path) = @_;
    my ( $get, $list ) = ( _call(0), _call(1) );
    return if !defined $get;
    my $names = "\0" x $ROOM;
    my $length = syscall $list, "$path", $names, $ROOM;
    return q{} if $length < 0;
    my %value;
    for my $name ( split /\0/x, substr $names, 0, $length ) {
        my $bytes = "\0" x $ROOM;
        my $got = syscall $get, "$path", "$name", $bytes, $ROOM;
        $value{$name} = $got < 0 ? '(unreadable)' : unpack 'H*', substr $bytes, 0, $got;
    }
    return join "\n", map {"$_=$value{$_}"} sort keys %value;
}

sub _long { return length( pack 'L!', 0 ) == 8 }

# Flags of chattr, or nothing where the file system has none.
sub flags {
    my ($path) = @_;
    sysopen my $handle, $path, O_RDONLY | O_NONBLOCK or return;
    my $room = pack 'L!', 0;
    ioctl $handle, ( _long() ? $GET_FLAGS : $GET_FLAGS_32 ), $room or return;
    return unpack 'L', $room;
}

sub settable_flags {
    my ($path) = @_;
    my $flags = flags($path);
    return defined $flags ? $flags & $SETTABLE : 0;
}

sub set_flags {
    my ( $path, $wanted ) = @_;
    my $flags = flags($path);
    return 0 if !defined $flags;
    sysopen my $handle, $path, O_RDONLY or return 0;
    my $room = pack 'L!', ( $flags & ~$SETTABLE ) | $wanted;
    return ioctl $handle, ( _long() ? $SET_FLAGS : $SET_FLAGS_32 ), $room;
}

# In words what forbids to replace this file or folder, or nothing.
sub frozen {
    my ($path) = @_;
    my $flags = flags($path);
    return if !defined $flags;
    return 'immutable (chattr +i)'   if $flags & $IMMUTABLE;
    return 'append-only (chattr +a)' if $flags & $APPEND_ONLY;
    return;
}

# Whether this very path is a mount point: a bind mount can't be replaced by a rename.
sub is_mount {
    my ($path) = @_;
    my $table = Apply::Host::slurp('/proc/self/mountinfo');
    return 0 if !defined $table;
    for my $line ( split /\n/x, $table ) {
        my $point = ( split /[ ]/x, $line )[4];
        next if !defined $point;
        $point =~ s{\\([0-7]{3})}{chr oct $1}gex;
        return 1 if $point eq $path;
    }
    return 0;
}

# Exchanges two names at once, so that what stood there can be looked at and given back: 1 done, 0
# failed (see $!), nothing where the kernel or the file system can't.
sub exchange {
    my ( $one, $other ) = @_;
    my $number = _call(2);
    return if !defined $number;
    my $result = syscall $number, $AT_FDCWD, "$one", $AT_FDCWD, "$other", $RENAME_EXCHANGE;
    return 1 if $result == 0;
    return if $! == ENOSYS || $! == EINVAL;
    return 0;
}

1;
