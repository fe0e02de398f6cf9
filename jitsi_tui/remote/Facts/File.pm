# Files and folders of the server, never waited for, never trusted to end.
package Facts::File;
use strict;
use warnings;
use Cwd ();
use Errno qw(EACCES EINTR ENOENT ENOTDIR EPERM);
use Exporter qw(import);
use Facts::Say qw(say_section);
use Fcntl qw(:DEFAULT :mode);

our $VERSION = '1';
our @EXPORT_OK = qw(is_public kernel_file names open_file owner plain_names real_path root say_file slurp trouble);

my $LIMIT = 1_048_576;
my $MANY  = 300;         # files of one kind
my $BITS  = oct 7777;
my $root  = q{};

sub under {
    my ($wanted) = @_;
    $root = $wanted eq q{} ? q{} : Cwd::realpath($wanted) // $wanted;
    return;
}

sub root { return $root }

my ( %user, %group );
sub owner { my ($id) = @_; return $user{$id}  //= getpwuid $id // $id }
sub gang  { my ($id) = @_; return $group{$id} //= getgrgid $id // $id }

# What errno means for a path: absent, or impossible to look at; and why, with who could.
sub trouble {
    my ($path) = @_;
    my $errno = $! + 0;
    return ( 'A', 'not there' ) if $errno == ENOENT || $errno == ENOTDIR;
    return ( 'F', "$!" ) if $errno != EACCES && $errno != EPERM;
    my $closed = $path;
    my @stat   = stat "$root$closed";
    while ( !@stat && $closed =~ s{/[^/]+\z}{}sm && $closed ne q{} ) { @stat = stat "$root$closed" }
    return ( 'F', 'may not be read' ) if !@stat;
    my $what = $closed eq $path ? q{} : "lies in $closed, which ";
    return ( 'F', sprintf '%smay be read by %s and group %s only (%04o)', $what, owner( $stat[4] ), gang( $stat[5] ), $stat[2] & $BITS );
}

# Opens a plain file without waiting for a pipe's other end; the handle and its stat, or nothing.
sub open_file {
    my ($path) = @_;
    sysopen my $file, "$root$path", O_RDONLY | O_NONBLOCK or return;
    my @stat = stat $file;
    if ( !S_ISREG( $stat[2] ) ) {
        $! = ENOENT;    ## no critic (RequireLocalizedPunctuationVars)
        return;
    }
    return ( $file, @stat );
}

sub slurp {
    my ( $path, $limit ) = @_;
    my ($file) = open_file($path) or return;
    return read_all( $file, $limit // $LIMIT );
}

sub read_all {
    my ( $file, $limit ) = @_;
    my $bytes = q{};
    while ( length $bytes <= $limit ) {
        my $got = sysread $file, $bytes, 65_536, length $bytes;
        next if !defined $got && $! == EINTR;
        return if !defined $got;
        last   if !$got;
    }
    return $bytes;
}

sub kernel_file {
    my ($path) = @_;
    sysopen my $file, $path, O_RDONLY or return;
    return read_all( $file, 4_194_304 );
}

sub real_path {
    my ($path) = @_;
    my $real = Cwd::realpath("$root$path") // return $path;
    return $root ne q{} && index( $real, "$root/" ) == 0 ? substr $real, length $root : $real;
}

# One file as a section "file ROLE PATH REAL OWNER GROUP MODE MTIME PUBLIC"; gives back its bytes.
sub say_file {
    my ( $role, $path, $wanted ) = @_;
    my ( $file, @stat ) = open_file($path);
    if ( !$file ) {
        my ( $state, $why ) = trouble($path);
        say_section( $state, 'file', [ $role, $path ], $why );
        return;
    }
    my $bytes = read_all( $file, $LIMIT );
    if ( !defined $bytes || length $bytes > $LIMIT ) {
        say_section( 'F', 'file', [ $role, $path ], defined $bytes ? 'larger than 1 MiB' : "$!" );
        return;
    }
    return if $wanted && !$wanted->($bytes);
    say_section( 'K', 'file',
        [ $role, $path, real_path($path), owner( $stat[4] ), gang( $stat[5] ), sprintf( '%o', $stat[2] & $BITS ), $stat[9], is_public( $path, $stat[2] ) ],
        $bytes );
    return $bytes;
}

# Whether everybody on this machine can read it: every folder on the way lets them through.
my %through;

sub is_public {
    my ( $path, $mode ) = @_;
    return 0 if !( $mode & S_IROTH );
    my $folder = real_path($path) =~ s{/[^/]*\z}{}rsm;
    while ( $folder ne q{} ) {
        $through{$folder} //= ( ( stat "$root$folder" )[2] // 0 ) & S_IXOTH ? 1 : 0;
        return 0 if !$through{$folder};
        $folder =~ s{/[^/]*\z}{}sm;
    }
    return 1;
}

# The names in a folder that match, sorted; says so where the folder can't be read. Of too many the first
# ones, or the last ones where those are wanted.
sub names {
    my ( $folder, $pattern, $last ) = @_;
    my $handle;
    if ( !opendir $handle, "$root$folder" ) {
        my ( $state, $why ) = trouble($folder);
        say_section( $state, 'folder', [$folder], $why ) if $state eq 'F';
        return;
    }
    my @names = sort grep { $_ ne q{.} && $_ ne q{..} && /$pattern/sm } readdir $handle;
    closedir $handle;
    if ( @names > $MANY ) {
        say_section( 'F', 'folder', [$folder], 'more than ' . $MANY . ' files: the rest was left out' );
        @names = $last ? @names[ -$MANY .. -1 ] : @names[ 0 .. $MANY - 1 ];
    }
    return @names;
}

sub plain_names {
    my ($folder) = @_;
    opendir my $handle, "$root$folder" or return;
    my @names = readdir $handle;
    closedir $handle;
    return @names;
}

1;
