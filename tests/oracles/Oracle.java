import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValueFactory;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Reads HOCON (typesafe config) or properties (java.util.Properties), one text after another.
 * Takes "LENGTH\n" and that many bytes; answers one line of JSON: {"ok": …} or {"error": text},
 * with "exhausted" where the stack was too small.
 */
public final class Oracle {
    public static void main(String[] arguments) throws IOException {
        boolean hocon = arguments[0].equals("hocon");
        DataInputStream input = new DataInputStream(System.in);
        BufferedOutputStream output = new BufferedOutputStream(System.out);
        int size;
        while ((size = size(input)) >= 0) {
            byte[] text = new byte[size];
            input.readFully(text);
            String answer;
            try {
                answer = "{\"ok\":" + (hocon ? hocon(text) : properties(text)) + "}";
            } catch (Exception | StackOverflowError problem) {
                Map<String, Object> error = new HashMap<>();
                error.put("exhausted", problem instanceof StackOverflowError);
                error.put("error", String.valueOf(problem.getMessage()));
                answer = json(error);
            }
            output.write(answer.getBytes(StandardCharsets.UTF_8));
            output.write('\n');
            output.flush();
        }
    }

    private static int size(DataInputStream input) throws IOException {
        int size = 0;
        int digit;
        while ((digit = input.read()) != '\n') {
            if (digit < 0) {
                return -1;
            }
            size = 10 * size + digit - '0';
        }
        return size;
    }

    private static String hocon(byte[] text) {
        String source = new String(text, StandardCharsets.UTF_8);
        return ConfigFactory.parseString(source, ConfigParseOptions.defaults())
            .resolve(ConfigResolveOptions.noSystem()).root().render(ConfigRenderOptions.concise());
    }

    private static String properties(byte[] text) throws IOException {
        Properties read = new Properties();
        read.load(new ByteArrayInputStream(text));
        Map<String, Object> map = new HashMap<>();
        for (String key : read.stringPropertyNames()) {
            map.put(key, read.getProperty(key));
        }
        return json(map);
    }

    private static String json(Map<String, Object> map) {
        return ConfigValueFactory.fromMap(map).render(ConfigRenderOptions.concise());
    }
}
