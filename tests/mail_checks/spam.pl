#!/usr/bin/perl
# Scores every mail that is named on standard input, a path on each line, with SpamAssassin's own rules and
# nothing from the network, and prints "score<TAB>rule=score,...<TAB>path". One process for all: loading takes longest.
use strict;
use warnings;
use Mail::SpamAssassin;

my $spam = Mail::SpamAssassin->new({
    local_tests_only     => 1,
    dont_copy_prefs      => 1,
    rules_filename       => $ENV{SPAM_RULES},    # as the package ships them, whatever updates there were
    userprefs_filename   => '/dev/null',
    userstate_dir        => $ENV{SPAM_STATE},
    home_dir_for_helpers => $ENV{SPAM_STATE},
    post_config_text     => "use_bayes 0\nuse_auto_whitelist 0\nuse_txrep 0\n",
});

while (my $path = <STDIN>) {
    chomp $path;
    open my $file, '<:raw', $path or die "$path: $!";
    my $mail   = $spam->parse([<$file>]);
    my $status = $spam->check($mail);
    printf "%.2f\t%s\t%s\n", $status->get_score, $status->get_names_of_tests_hit_with_scores, $path;
    $status->finish;
    $mail->finish;
}
