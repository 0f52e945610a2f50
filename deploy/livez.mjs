// Health check of a container: exit code 0 when the app on this port is alive. Whether it is ready (`/readyz`) is no
// reason to replace it: a collector without its broker goes on working.
const [port] = process.argv.slice(2);
const response = await fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(3_000) }).catch(() => {});
process.exitCode = response?.ok ? 0 : 1;
