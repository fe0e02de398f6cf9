# The installed program: in the run's folder while it runs, in the backup's for what a boot may find,
# and the unit that runs it then. None of it outlives the run.
package Apply::Program;
use strict;
use warnings;
use Apply::Disk;
use Apply::Host;

our $VERSION = '1';

my $UNIT   = 'jitsi-tui-recover.service';
my $FOLDER = '/etc/systemd/system';

# Writes the program and its modules below a folder.
sub install {
    my ( $folder, $frame ) = @_;
    mkdir $folder, oct '700' or die "$folder can't be made: $!\n";
    mkdir "$folder/Apply", oct '700' or die "$folder can't be made: $!\n";
    for my $name ( sort grep {m{\A(?:apply[.]pl|effective[.]lua|Apply/\w+[.]pm)\z}x} keys %{$frame} ) {
        Apply::Disk::create( "$folder/$name", $frame->{$name} );
    }
    return;
}

sub copy {
    my ( $from, $to ) = @_;
    my %frame = map { substr( $_, 1 + length $from ) => Apply::Host::slurp($_) } glob_of("$from/*"), glob_of("$from/Apply/*");
    install( $to, { map { defined $frame{$_} ? ( $_ => $frame{$_} ) : () } keys %frame } );
    return;
}

sub glob_of {
    my ($pattern) = @_;
    my ($folder) = $pattern =~ m{\A(.*)/[*]\z}xs;
    opendir my $handle, $folder or return;
    my @names = map {"$folder/$_"} grep { !/\A[.]/x } readdir $handle;
    closedir $handle or return;
    return grep {-f} @names;
}

# How the installed program is called: options as words.
sub argv {
    my ( $host, $folder, @more ) = @_;
    my @keys = qw(root path-first manager prosody-http jicofo-http videobridge-http stable run backups);
    my @words = map {"--$_=$host->{$_}"} grep { defined $host->{$_} } @keys;
    return ( 'perl', "-I$folder", "$folder/apply.pl", "--program=$folder", @words, @more );
}

# A boot in the middle finds this unit, before the services start. It is not loaded now: systemd reads
# it at the next boot.
sub add_boot_unit {
    my ( $host, $folder ) = @_;
    return 0 if !$host->has_systemd || $host->{root} ne q{} || $> != 0;
    my $command = join q{ }, map { s/([%\$"\\])/$1$1/gxr } argv( $host, $folder, '--mode=boot' );
    my $text = <<"UNIT";
[Unit]
Description=Undo what jitsi-tui left unfinished when this machine stopped
After=local-fs.target
RequiresMountsFor=$folder /etc
Before=prosody.service jicofo.service jitsi-videobridge2.service nginx.service apache2.service
ConditionPathExists=$folder

[Service]
Type=oneshot
ExecStart=/usr/bin/$command

[Install]
WantedBy=multi-user.target
UNIT
    remove_boot_unit($host);
    Apply::Disk::create( "$FOLDER/$UNIT", $text );
    my $wants = "$FOLDER/multi-user.target.wants";
    chmod oct 755, $wants if mkdir $wants;
    symlink "$FOLDER/$UNIT", "$wants/$UNIT" or die "$wants/$UNIT can't be made: $!\n";
    Apply::Disk::sync_path($wants);
    Apply::Disk::sync_path($FOLDER);
    return 1;
}

# Only where it belongs to this host: never for a server under a folder.
sub has_boot_unit {
    my ($host) = @_;
    return $host->{root} eq q{} && $> == 0 && -e "$FOLDER/$UNIT";
}

sub remove_boot_unit {
    my ($host) = @_;
    return if $host->{root} ne q{} || $> != 0;
    Apply::Disk::remove_durably("$FOLDER/multi-user.target.wants/$UNIT");
    Apply::Disk::remove_durably("$FOLDER/$UNIT");
    return;
}

sub remove {
    my ($folder) = @_;
    Apply::Disk::remove_tree($folder) if -d $folder;
    return;
}

1;
