import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Reads HOCON from standard input and prints it, resolved and merged, as JSON. */
public final class Typesafe {
    public static void main(String[] arguments) {
        InputStreamReader input = new InputStreamReader(System.in, StandardCharsets.UTF_8);
        try {
            Config config = ConfigFactory.parseReader(input).resolve();
            String json = config.root().render(ConfigRenderOptions.concise());
            System.out.write(json.getBytes(StandardCharsets.UTF_8), 0,
                json.getBytes(StandardCharsets.UTF_8).length);
            System.out.flush();
        } catch (ConfigException problem) {
            System.err.println(problem.getMessage());
            System.exit(1);
        }
    }
}
