# Prosody's "internal" storage: one file an account and store, under /var/lib/prosody/<host>/<store>/.
package Accounts::Store;
use strict;
use warnings;
use Accounts::Say qw(unescape);
use Exporter qw(import);

our $VERSION   = '1';
our @EXPORT_OK = qw(account_facts account_file data_folder encode exists_account in_files names_by_files of_host slurp store_files);

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
    my $text = slurp( account_file($name) );
    my $file = encode($name) . '.dat';
    my $seen = q{-};
    for my $store (qw(account_activity lastlog2 lastlog)) {
        my $log = slurp("$data/$store/$file") // next;
        my ($latest) = sort { $b <=> $a } $log =~ /=\s*(\d{9,11})\b/gsm;
        if ( defined $latest ) { $seen = $latest; last }
    }
    return ( q{-}, $seen, q{-} ) if !defined $text;
    my ($created) = $text =~ /\["created"\]\s*=\s*(\d{9,11})\b/sm;
    ($created) = $text =~ /\["updated"\]\s*=\s*(\d{9,11})\b/sm if !defined $created;
    $created //= ( stat account_file($name) )[9];
    my $enabled = $text =~ /\["disabled"\]\s*=\s*true/sm ? 'no' : 'yes';
    return ( $created, $seen, $enabled );
}

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or return;
    read $file, my $text, 1_048_576;
    close $file;
    return $text;
}

1;
