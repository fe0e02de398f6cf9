# Removing, disabling and enabling: a share of the names by one word to the running server, or one by one
# through prosodyctl where there is no such server. Between two shares it stops once nobody wants more.
package Accounts::Change;
use strict;
use warnings;
use Accounts::Ctl qw(close_sessions quoted run shell);
use Accounts::Say qw(say_line unescape);
use Accounts::Store qw(account_facts exists_account in_files);
use Exporter qw(import);

our $VERSION   = '1';
our @EXPORT_OK = qw(change);
my $SHARE = 25;    # so many take the server a moment in which it serves nobody else

my %one_by_one = ( remove => \&remove_one, disable => \&switch_one, enable => \&switch_one );

# $done is told each name that was done, with whether its account is gone or set as wanted.
sub change {
    my ( $host, $action, $program, $giver, $done, @names ) = @_;
    my $server = 1;
    while ( @names && wanted($giver) ) {
        my @share = splice @names, 0, $SHARE;
        my %there = map { $_ => exists_account($_) ? 1 : 0 } @share;
        my $of = $server ? by_server( $host, $action, $program, @share ) : {};
        $server = keys %{$of};
        for my $name (@share) {
            my $answer = $of->{$name};
            last if !$answer && !wanted($giver);
            my $one = $answer ? \&pass_on : $one_by_one{$action};
            $done->( $name, $one->( $action, $host, $name, $there{$name}, $answer ) );
        }
    }
    return 0;
}

# Whether the giver's input is still open: once it ended, nobody wants more.
sub wanted {
    my ($giver) = @_;
    my $ready = q{};
    vec( $ready, fileno $giver, 1 ) = 1;
    return select( $ready, undef, undef, 0 ) <= 0 || sysread $giver, my $more, 4096;
}

# What the running server answered of each name; nothing where it does not answer.
sub by_server {
    my ( $host, $action, $program, @names ) = @_;
    my $list = join q{, }, map { quoted($_) } @names;
    my $head = sprintf '> local host, action, names = %s, %s, { %s }', quoted($host), quoted($action), $list;
    my ( $ok, $said ) = shell("$head\n$program");
    my %of;
    while ( $ok && $said =~ /^[|]?\s*(done|missing|failed)[ ](\S+)(?:[ ](\S+))?\s*$/gsm ) {
        my ( $word, $name, $more ) = ( $1, $2, $3 );
        $of{ unescape($name) } = [ $word, unescape( $more // q{} ) ];
    }
    return \%of;
}

# Tells of one name what the server said, and what is to be seen of its account.
sub pass_on {
    my ( $action, undef, $name, $before, $answer ) = @_;
    my ( $word, $more ) = @{$answer};
    my $done = $word eq 'done';
    if ( $action eq 'remove' ) {
        $done &&= !exists_account($name);
        my $existed = $before || $word ne 'missing';
        say_line( 'removed', $name, $word eq 'done' ? 0 : 1, $existed ? 'existed' : 'missing', $done ? 'gone' : 'there' );
    }
    else {
        my ( undef, undef, $enabled ) = account_facts($name);
        say_line( 'switched', $name, $done ? 'done' : 'failed', $enabled );
    }
    say_line( 'said', $word eq 'failed' ? substr $more, 0, 4096 : $word eq 'missing' ? 'there is no such account' : q{} );
    say_line( 'closed', $name, $more ) if $done && $action ne 'enable';
    return $done;
}

sub remove_one {
    my ( undef, $host, $name, $before ) = @_;
    my ( $status, $said ) = run( q{}, 'prosodyctl', 'deluser', "$name\@$host" );
    my $existed = $before || $status == 0 && !in_files();
    my $gone = !exists_account($name) && ( $before || $status == 0 );
    say_line( 'removed', $name, $status, $existed ? 'existed' : 'missing', $gone ? 'gone' : 'there' );
    say_line( 'said', substr $said, 0, 4096 );
    close_sessions( $name, $host ) if $existed && $gone;
    return $existed && $gone;
}

sub switch_one {
    my ( $action, $host, $name ) = @_;
    my ( $ok, $said ) = shell( 'user', $action, "$name\@$host" );
    my ( undef, undef, $enabled ) = account_facts($name);
    say_line( 'switched', $name, $ok ? 'done' : 'failed', $enabled );
    say_line( 'said', substr $said, 0, 4096 );
    close_sessions( $name, $host ) if $ok && $action eq 'disable';
    return $ok;
}

1;
