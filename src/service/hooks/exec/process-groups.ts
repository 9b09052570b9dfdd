/** Process groups of programs that run: they end with this process, however suddenly it does. */
const groups = new Set<number>();
process.on('exit', () => {
  for (const group of groups) killGroup(group);
});

/** Told of a group that begins, or is over. */
export type GroupWatch = (group: number, isRunning: boolean) => void;

let watch: GroupWatch = () => {};

/** A thread that may end without notice has another one told of its programs, which ends them then. */
export function watchGroups(onChange: GroupWatch): void {
  watch = onChange;
}

/** A group has begun, or is over. */
export function noteGroup(group: number, isRunning: boolean): void {
  if (isRunning) groups.add(group);
  else groups.delete(group);
  watch(group, isRunning);
}

/** Ends all that is left of a process group, if anything is. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // nobody is left
  }
}
