# Prosody's "internal" storage: one file an account and store, under /var/lib/prosody/<host>/<store>/.
package Accounts::Store;
use strict;
use warnings;
use Accounts::Say qw(unescape);
use Exporter qw(import);
use Fcntl qw(O_NOCTTY O_NONBLOCK O_RDONLY);

our $VERSION   = '1';
our @EXPORT_OK = qw(account_facts account_file all_facts as_owner data_folder encode entries exists_account facts_of in_files names_by_files of_host slurp store_files);
my @ACTIVITY = qw(account_activity lastlog2 lastlog);    # where Prosody notes who was there, the best first
my $PIECE    = 65_536;
my $MOST     = 1_048_576;                                # bytes of one file that are looked at

my ( $base, $data ) = ( q{}, q{} );

# The data folder of a host; both lie under a prefix on the practice server.
sub of_host {
    my ( $root, $host ) = @_;
    $base = "$root/var/lib/prosody";
    my $config = slurp("$root/etc/prosody/prosody.cfg.lua") // q{};
    $base = $root . $1 if $config =~ m{^\s*data_path\s*=\s*["'](/[^"']+)["']}sm;
    $data = "$base/" . encode($host);
    return;
}

sub data_folder { return $data }

# Does something as the user whose folder it is: where he put a link, it leads no further than he gets himself.
sub as_owner {
    my ($work) = @_;
    my ( $uid, $gid ) = ( lstat $data )[ 4, 5 ];
    ( $uid, $gid ) = ( stat $data )[ 4, 5 ] if !$uid;    # a link of root's own
    return $work->() if !$uid || $> != 0;
    local $) = "$gid $gid";
    local $> = $uid;
    return $work->();
}

# All but letters and digits are escaped (util.datamanager).
sub encode {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9])/sprintf '%%%02x', ord $1/gesm;
    return $text;
}

sub account_file {
    my ($name) = @_;
    return "$data/accounts/" . encode($name) . '.dat';
}

sub exists_account {
    my ($name) = @_;
    return -e account_file($name);
}

# Whether this host's accounts lie in files, as far as one can see (they may lie in a database).
sub in_files { return -d "$data/accounts" }

# Sorted; undefined where the host's folder can't be looked into.
sub names_by_files {
    my $folder;
    if ( !opendir $folder, "$data/accounts" ) { return -x $base ? [] : undef }
    my @names = sort map { /\A(.+)[.]dat\z/sm ? unescape($1) : () } readdir $folder;
    closedir $folder;
    return \@names;
}

# Every file that belongs to an account: "store/file" below the host's folder.
sub store_files {
    my ($name) = @_;
    my $file = encode($name);
    opendir my $folder, $data or return;
    my @stores = sort grep { !/\A[.]/sm } readdir $folder;
    closedir $folder;
    my @found;
    for my $store (@stores) {
        push @found, grep { -f "$data/$_" } map { "$store/$file.$_" } qw(dat list lidx);
    }
    return @found;
}

# created, last seen (both Unix time or "-"), enabled ("yes", "no", "-").
sub account_facts {
    my ($name) = @_;
    return facts_in( encode($name) . '.dat', @ACTIVITY );
}

# The same of all accounts, to be looked up by facts_of: thousands of files are read, and none looked
# for in vain.
sub all_facts {
    my %files;
    for my $store ( 'accounts', @ACTIVITY ) {
        $files{$_}{$store} = 1 for grep { /[.]dat\z/sm } entries("$data/$store");
    }
    my %facts;
    while ( my ( $file, $there ) = each %files ) {
        $facts{$file} = [ facts_in( $file, grep { $there->{$_} } @ACTIVITY ) ];
    }
    return \%facts;
}

sub facts_of {
    my ( $facts, $name ) = @_;
    return @{ $facts->{ encode($name) . '.dat' } // [ q{-}, q{-}, q{-} ] };
}

sub facts_in {
    my ( $file, @stores ) = @_;
    my $seen = q{-};
    for my $store (@stores) {
        my ($log) = slurp("$data/$store/$file") or next;
        my ($latest) = sort { $b <=> $a } $log =~ /=\s*(\d{9,11})\b/gsm;
        if ( defined $latest ) { $seen = $latest; last }
    }
    my ( $text, $written ) = slurp("$data/accounts/$file") or return ( q{-}, $seen, q{-} );
    my ($created) = $text =~ /\["created"\]\s*=\s*(\d{9,11})\b/sm;
    ($created) = $text =~ /\["updated"\]\s*=\s*(\d{9,11})\b/sm if !defined $created;
    my $enabled = $text =~ /\["disabled"\]\s*=\s*true/sm ? 'no' : 'yes';
    return ( $created // $written, $seen, $enabled );
}

sub entries {
    my ($path) = @_;
    opendir my $folder, $path or return;
    my @names = sort grep { $_ ne q{.} && $_ ne q{..} } readdir $folder;
    closedir $folder;
    return @names;
}

# A file's text, and in a list the time it was written too; nothing where it can't be read. A FIFO that
# somebody left there keeps nobody waiting.
sub slurp {
    my ($path) = @_;
    sysopen my $file, $path, O_RDONLY | O_NONBLOCK | O_NOCTTY or return;
    my $text = q{};
    while ( length $text < $MOST ) {
        my $got = sysread( $file, $text, $PIECE, length $text ) // return;
        last if !$got;
    }
    return wantarray ? ( $text, ( stat $file )[9] ) : $text;
}

1;
