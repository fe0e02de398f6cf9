# Parses HOCON texts by ruby-hocon, one after another.
# Reads "LENGTH\n" and that many bytes; answers one line of JSON: {"ok": object} or {"error": text},
# with "exhausted" where the stack was too small.
require 'hocon'
require 'json'

STDIN.binmode
STDOUT.binmode
while (size = STDIN.gets)
  text = size.to_i.positive? ? STDIN.read(size.to_i) : ''
  begin
    meaning = Hocon.parse(text.force_encoding('UTF-8').scrub("\uFFFD"))
    answer = JSON.generate('ok' => meaning)
  rescue SystemStackError => e
    answer = JSON.generate('error' => e.message, 'exhausted' => true)
  rescue StandardError => e
    answer = JSON.generate('error' => "#{e.class}: #{e.message}".scrub('?')[0, 500])
  end
  STDOUT.write(answer + "\n")
  STDOUT.flush
end
