#!/usr/bin/perl
# Lists, adds, changes, disables, removes and brings back accounts of one Prosody host.
#
#   accounts.pl [--root=DIR] [--path-first=DIR] [--backups=DIR] [--keep-days=N] [--who=NAME] ACTION HOST …
#     list HOST                     kept HOST
#     settled HOST                  (list, once nobody changes any more)
#     add|passwd HOST NAME FIFO     add-many HOST FIFO
#     remove|disable|enable HOST        (their names come as a frame, one a line)
#     restore HOST ID                   (the same; without names all of them)
#
# Its modules and Lua programs are handed over with it (see loader.pl); $input stays open for as long as
# somebody wants the answers. Passwords are read from the FIFO and handed to Prosody on a standard input, so
# that they stand in no argument and in no input log of sudo. Answers are lines of a word and percent-escaped
# fields.
use strict;
use warnings;
use Fcntl qw(LOCK_EX LOCK_NB O_CREAT O_RDWR);

our $VERSION = '2';
our ( %handed, $input );
local $ENV{LC_ALL} = 'C.UTF-8';
local $SIG{PIPE} = 'IGNORE';
my %option = ( root => q{}, 'path-first' => q{}, backups => '/var/backups/jitsi-tui', 'keep-days' => 30, who => q{} );
while ( @ARGV && $ARGV[0] =~ /\A--([\w-]+)=(.*)\z/sm ) {
    $option{$1} = $2;
    shift @ARGV;
}
my ( $action, $host, @rest ) = @ARGV;
if ( $option{'path-first'} ne q{} ) {
    $ENV{PATH} = "$option{'path-first'}:$ENV{PATH}";    ## no critic (RequireLocalizedPunctuationVars)
}
else {
    $ENV{PATH} .= ':/usr/sbin:/sbin';                   ## no critic (RequireLocalizedPunctuationVars)
}

require Accounts::Say;
require Accounts::Store;
require Accounts::Ctl;
require Accounts::Kept;
require Accounts::Batch;
require Accounts::Change;
Accounts::Say->import(qw(say_line say_lines));
Accounts::Store->import('exists_account');
Accounts::Ctl->import(qw(answer_of ask_shell close_sessions quoted run));
Accounts::Store::of_host( $option{root}, $host );
Accounts::Kept::under( $option{root} . $option{backups} );

my $SETTLE = 30;    # seconds in which a list that is worked through ends, once nobody hears it
my $PATIENCE = 5;

my %does = (
    list       => \&list,
    settled    => sub { my $lock = lock_accounts($SETTLE); return list(@_) },
    add        => sub { return set_password( 'adduser', @_ ) },
    passwd     => sub { return set_password( 'passwd',  @_ ) },
    'add-many' => \&add_many,
    remove     => \&remove,
    disable    => sub { return switch( 'disable', @_ ) },
    enable     => sub { return switch( 'enable',  @_ ) },
    kept       => sub { return Accounts::Kept::list_kept($host) },
    restore    => sub { return Accounts::Kept::restore( $host, @_, sent_names() ) },
);
my $do = $does{ $action // q{} } or die "unknown action\n";
Accounts::Kept::prune( $option{'keep-days'} ) if $option{'keep-days'} > 0 && ( $> == 0 || $option{root} ne q{} );
# Whoever asks may go away in between: what is kept of those who stay is not kept on.
my %staying;
END {
    my $status = $?;
    Accounts::Kept::forget( $staying{$_}, $_ ) for keys %staying;
    $? = $status;    ## no critic (RequireLocalizedPunctuationVars)
}

exit $do->(@rest);

sub list {
    my $asked = ask_shell( '> local host = ' . quoted($host) . "\n$handed{'people.lua'}" );
    my $facts = Accounts::Store::all_facts();    # while Prosody thinks
    my ( $ok, $said ) = answer_of($asked);
    my @names = map { Accounts::Say::unescape($_) } $said =~ /^[|]?\s*user[ ](\S+)\s*$/gsm;
    if ( !$ok ) {
        my $found = Accounts::Store::names_by_files() // return 3;
        @names = @{$found};
    }
    say_line( 'source', $ok ? 'shell' : 'files' );
    say_lines( map { [ 'user', $_, Accounts::Store::facts_of( $facts, $_ ) ] } @names );
    say_line('sessions') if $ok;
    while ( $ok && $said =~ /^[|]?\s*session[ ](\S+)[ ](\d+)\s*$/gsm ) {
        my ( $name, $count ) = ( $1, $2 );
        say_line( 'connected', Accounts::Say::unescape($name), $count );
    }
    return Accounts::Kept::list_kept($host);
}

sub set_password {
    my ( $command, $name, $fifo ) = @_;
    my $exists   = exists_account($name);
    my $password = read_secret($fifo);
    my ( $status, $said ) = run( "$password\n$password\n", 'prosodyctl', $command, "$name\@$host" );
    my $there = exists_account($name) || $status == 0 && !Accounts::Store::in_files();
    say_line( 'status', $status, $exists ? 'existed' : 'new', $there ? 'there' : 'missing' );
    say_line( 'said', without( $password, $said ) );
    close_sessions( $name, $host ) if $command eq 'passwd' && $status == 0;
    return 0;
}

# Held while a list is worked through: after a cut this tells when the last account was changed.
sub lock_accounts {
    my ($patience) = @_;
    sysopen my $lock, "$option{root}/run/jitsi-tui-accounts", O_RDWR | O_CREAT, oct 600
      or die "can't lock the accounts: $!\n";
    for ( 1 .. $patience * 10 ) {
        return $lock if flock $lock, LOCK_EX | LOCK_NB;
        select undef, undef, undef, 0.1;    ## no critic (ProhibitSleepViaSelect)
    }
    die "accounts are being changed already\n";
}

sub add_many {
    my ($fifo) = @_;
    my $lock = lock_accounts($PATIENCE);

    # Under a prefix the Prosody of this machine is another one.
    my $program = $option{root} eq q{} ? $handed{'accounts.lua'} : undef;
    return Accounts::Batch::add_many( $host, $program, read_secret($fifo), $input );
}

sub read_secret {
    my ($fifo) = @_;
    local $SIG{ALRM} = sub { die "nobody handed the password over\n" };
    alarm 20;
    open my $in, '<', $fifo or die "cannot open the password's FIFO: $!\n";
    my $password = do { local $/ = undef; <$in> };
    close $in;
    alarm 0;
    length( $password // q{} ) or die "the password did not arrive\n";
    return $password;
}

sub without {
    my ( $secret, $said ) = @_;
    $said =~ s/\Q$secret\E/****/gsm;
    return substr $said, 0, 4096;
}

sub remove {
    my @names = sent_names();
    my $lock  = lock_accounts($PATIENCE);
    my $id    = $option{'keep-days'} > 0 ? Accounts::Kept::keep( $host, $option{who}, @names ) : undef;
    say_line( 'backup', $id ) if defined $id;
    say_line( 'absent', Accounts::Store::in_files() ? grep { !exists_account($_) } @names : () );
    %staying = map { $_ => $id } @names if defined $id;
    my $done = sub { my ( $name, $gone ) = @_; delete $staying{$name} if $gone; return };
    return Accounts::Change::change( $host, 'remove', $handed{'change.lua'}, $input, $done, @names );
}

sub switch {
    my ($which) = @_;
    my $lock = lock_accounts($PATIENCE);
    return Accounts::Change::change( $host, $which, $handed{'change.lua'}, $input, sub { }, sent_names() );
}

sub sent_names { return map { Accounts::Say::unescape($_) } split /\n/sm, $handed{names} // q{} }
