# Sets and removes values as `hocon -f FILE set PATH VALUE` does, for many texts in one process.
# Reads one line of JSON a text, {"text", "changes": [[path, value or null to remove], …]}, and
# answers one line: {"text"} or {"error"}.
require 'hocon'
require 'hocon/parser/config_document_factory'
require 'json'

STDOUT.sync = true
STDIN.each_line do |line|
  task = JSON.parse(line)
  begin
    document = Hocon::Parser::ConfigDocumentFactory.parse_string(task['text'])
    task['changes'].each do |path, value|
      document = value.nil? ? document.remove_value(path) : document.set_value(path, value)
    end
    puts JSON.generate('text' => document.render)
  rescue StandardError => e
    puts JSON.generate('error' => e.message)
  end
end
