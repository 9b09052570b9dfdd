/** A signal that comes again so soon is the same one: a terminal sends Ctrl-C to npm as well, which passes it on. Milliseconds. */
const SAME_SIGNAL_MS = 500;

/** Calls `first` for the first SIGTERM or SIGINT, and `again` for every later one. */
export function onStopSignals(first: (signal: string) => void, again: (signal: string) => void): void {
  let heard: { readonly signal: string; readonly atMs: number } | undefined;
  const hear = (signal: string): void => {
    const atMs = performance.now();
    if (heard === undefined) {
      heard = { signal, atMs };
      first(signal);
    } else if (signal !== heard.signal || atMs - heard.atMs > SAME_SIGNAL_MS) again(signal);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, hear);
}
