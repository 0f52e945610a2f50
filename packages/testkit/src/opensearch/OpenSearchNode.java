import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/** One node of OpenSearch on the loopback, without the distribution's scripts. Arguments: home folder, HTTP port, port. */
public class OpenSearchNode extends Node {
  OpenSearchNode(Environment environment) {
    super(environment, List.of(Netty4Plugin.class), false);
  }

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    for (String part : List.of("config", "modules", "plugins", "lib")) Files.createDirectories(home.resolve(part));
    Settings settings = Settings.builder()
      .put("path.home", home)
      .put("path.data", home.resolve("data"))
      .put("cluster.name", "footfall")
      .put("node.name", "node-1")
      .put("discovery.type", "single-node")
      .put("network.host", "127.0.0.1")
      .put("http.port", arguments[1])
      .put("transport.port", arguments[2])
      .put("transport.type", "netty4")
      .put("http.type", "netty4")
      .put("node.store.allow_mmap", false)
      .put("cluster.routing.allocation.disk.threshold_enabled", false)
      .build();
    Environment environment =
      InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "node-1");
    new OpenSearchNode(environment).start();
    new CountDownLatch(1).await();
  }
}
