/** More connections than a worker ever has. */
const PER_WORKER = 2 ** 40;

/** Where a session stands in the list of all: by worker, then as they came; undefined where this is the id of none. */
export function sessionRank(id: string): number | undefined {
  const [, worker = '0', count] = /^(?:w(\d{1,4}))?c(\d{1,12})$/.exec(id) ?? [];
  return count === undefined ? undefined : Number(worker) * PER_WORKER + Number(count);
}
