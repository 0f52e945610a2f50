import Runner from "kafkajs/src/consumer/runner.js";

const fetchOfRunner = Runner.prototype.fetch;

/**
 * Ends the fetchers of a kafkajs 2.2.4 consumer that was stopped while leaders of its partitions moved: it stops the
 * fetchers that it has, then makes new ones, which are never told. Each asks a runner that no longer runs, gets nothing
 * at once, and asks again, without ever letting a timer or a socket of the process have its turn.
 */
export function installStoppedRunner(): void {
  Runner.prototype.fetch = async function fetch(nodeId: number): Promise<readonly object[]> {
    if (this.running) return fetchOfRunner.call(this, nodeId);
    // Not waited for: it waits for the fetcher that asks here.
    void this.fetchManager.stop();
    return [];
  };
}
