# What a removal takes away is kept for a time, so that it can be undone: every file of the account,
# the password's hash among them, 0600 in a folder that is root's alone.
#
#   <backups>/accounts/<UTC time>-<n>/about            time, host, who, names
#   <backups>/accounts/<UTC time>-<n>/<name>/<store>/<file>
package Accounts::Kept;
use strict;
use warnings;
use Accounts::Say qw(say_line unescape);
use Accounts::Store qw(as_owner data_folder encode entries exists_account store_files);
use Errno qw(EEXIST);
use Exporter qw(import);
use Fcntl qw(O_CREAT O_EXCL O_NOCTTY O_NOFOLLOW O_NONBLOCK O_RDONLY O_WRONLY);
use POSIX ();

our $VERSION   = '1';
our @EXPORT_OK = qw(forget keep list_kept prune restore under);

my $PRIVATE = oct 700;
my $SECRET  = oct 600;
my $USUAL   = oct 640;
my $DAY     = 86_400;
my $place   = q{};

sub under {
    my ($backups) = @_;
    $place = "$backups/accounts";
    return;
}

sub make_folders {
    my ($path) = @_;
    my $at = q{};
    for my $part ( split m{/}sm, $path ) {
        $at = $at eq q{} && $part eq q{} ? q{/} : $at =~ m{/\z}sm ? "$at$part" : $at eq q{} ? $part : "$at/$part";
        next if -d $at;
        mkdir $at, $PRIVATE or die "can't make $at: $!\n";
    }
    return;
}

# Keeps the files of accounts; the new id, or nothing where there was nothing to keep.
sub keep {
    my ( $host, $who, @names ) = @_;
    my %files = map { $_ => [ store_files($_) ] } @names;
    my @there = grep { @{ $files{$_} } } @names;
    return if !@there;
    umask 0077;
    make_folders($place);
    my $stamp = POSIX::strftime( '%Y%m%dT%H%M%SZ', gmtime );
    my $number = 1;
    while ( !mkdir "$place/$stamp-$number", $PRIVATE ) {
        die "can't make $place/$stamp-$number: $!\n" if $! != EEXIST || $number++ > 999;
    }
    my $id = "$stamp-$number";
    eval { fill( $id, \%files, $host, $who, @there ); 1 } or do {
        my $why = $@;
        clear("$place/$id");
        die $why;
    };
    return $id;
}

sub fill {
    my ( $id, $files, $host, $who, @names ) = @_;
    for my $name (@names) {
        for my $file ( @{ $files->{$name} } ) {
            my ($store) = $file =~ m{\A([^/]+)/}sm;
            make_folders( "$place/$id/" . encode($name) . "/$store" );
            write_file( "$place/$id/" . encode($name) . "/$file", bytes_of( data_folder() . "/$file" ), $SECRET );
        }
    }
    my @about = ( time, map { encode($_) } $host, $who, @names );
    write_file( "$place/$id/about", join( "\n", @about ) . "\n", $SECRET );
    return bring_to_disk("$place/$id");
}

# What a power cut takes back must not be the copy of what is gone already. Thousands of files at once:
# each by itself would take a disk minutes.
sub bring_to_disk {
    my ($folder) = @_;
    system( 'sync', '--file-system', $folder ) == 0 or die "can't bring $folder to the disk\n";
    return;
}

# A removal that did not happen leaves nothing to undo.
sub forget {
    my ( $id, $name ) = @_;
    return clear( "$place/$id/" . encode($name) );
}

sub about {
    my ($id) = @_;
    return if $id !~ /\A\d{8}T\d{6}Z-\d+\z/sm;
    open my $file, '<', "$place/$id/about" or return;
    my @lines = <$file>;
    close $file;
    chomp @lines;
    my ( $time, $host, $who, @names ) = map { unescape($_) } @lines;
    return { id => $id, time => $time, host => $host, who => $who, names => \@names };
}

sub ids {
    opendir my $folder, $place or return;
    my @ids = reverse sort grep { /\A\d{8}T\d{6}Z-\d+\z/sm } readdir $folder;
    closedir $folder;
    return @ids;
}

# Kept removals of a host, newest first, with the names that can still be brought back.
sub list_kept {
    my ($host) = @_;
    for my $id ( ids() ) {
        my $about = about($id) // next;
        next if $about->{host} ne $host;
        my @left = grep { -d "$place/$id/" . encode($_) && !exists_account($_) } @{ $about->{names} };
        say_line( 'kept', $id, $about->{time}, $about->{who}, @left ) if @left;
    }
    return 0;
}

# What is older than its days is wiped.
sub prune {
    my ($days) = @_;
    for my $id ( ids() ) {
        my $about = about($id);
        my $told  = $about && ( $about->{time} // q{} ) =~ /\A\d{1,11}\z/sm;
        my $made  = $told ? $about->{time} : ( stat "$place/$id" )[9] // 0;
        clear("$place/$id") if time - $made > $days * $DAY;
    }
    return;
}

sub restore {
    my ( $host, $id, @names ) = @_;
    my $about = about($id);
    if ( !$about || $about->{host} ne $host ) { say_line('unknown'); return 0 }
    my @back;
    for my $name ( @names ? @names : @{ $about->{names} } ) {
        my $kept = "$place/$id/" . encode($name);
        if ( !-d $kept ) { say_line( 'restored', $name, 'missing' ); next }
        if ( exists_account($name) ) { say_line( 'restored', $name, 'exists' ); next }
        my $back = eval { bring_back($kept); 1 } && exists_account($name);
        my $why = $@ || 'its file is not there afterwards';
        push @back, $kept if $back;
        say_line( 'restored', $name, $back ? 'done' : ( 'failed', $why ) );
    }
    bring_to_disk( data_folder() ) if @back;
    clear($_) for @back;
    my @left = grep { -d "$place/$id/" . encode($_) } @{ $about->{names} };
    clear("$place/$id") if !@left;
    return 0;
}

sub bring_back {
    my ($kept) = @_;

    # The account itself comes last: until it is there nobody logs in with half of what was his.
    for my $store ( sort { ( $a eq 'accounts' ) <=> ( $b eq 'accounts' ) || $a cmp $b } entries($kept) ) {
        my $folder = data_folder() . "/$store";
        my %bytes  = map { $_ => bytes_of("$kept/$store/$_") } entries("$kept/$store");
        as_owner( sub {
            if ( !-d $folder ) {
                mkdir $folder, oct 750 or die "can't make $folder: $!\n";
            }
            put_back( $bytes{$_}, "$folder/$_" ) for grep { !-e "$folder/$_" } sort keys %bytes;
        } );
    }
    return;
}

sub put_back {
    my ( $bytes, $to ) = @_;
    unlink "$to~";
    eval {
        write_file( "$to~", $bytes, $USUAL );
        rename "$to~", $to or die "can't write $to: $!\n";
        1;
    } or do {
        my $why = $@;
        unlink "$to~";
        die $why;
    };
    return;
}

sub clear {
    my ($path) = @_;
    if ( !-l $path && -d $path ) {
        clear("$path/$_") for entries($path);
        return rmdir $path;
    }
    return unlink $path;
}

# Of a file that is one: root reads it, and others may have put a link there.
sub bytes_of {
    my ($path) = @_;
    sysopen my $file, $path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY or die "can't read $path: $!\n";
    -f $file or die "can't read $path: it is no file\n";
    binmode $file;
    my $bytes = do { local $/ = undef; <$file> };
    close $file or die "can't read $path: $!\n";
    return $bytes // q{};
}

sub write_file {
    my ( $path, $bytes, $mode ) = @_;
    sysopen my $file, $path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, $mode or die "can't write $path: $!\n";
    chmod $mode, $file;
    binmode $file;
    print {$file} $bytes or die "can't write $path: $!\n";
    close $file or die "can't write $path: $!\n";
    return;
}

1;
