/** Keys of the streams with the most players, these first. @param counts - how many each has in each thread */
export function busiest(counts: readonly ReadonlyMap<string, number>[], limit: number): readonly string[] {
  const all = new Map<string, number>();
  for (const [key, count] of counts.flatMap((thread) => [...thread]))
    all.set(key, (all.get(key) ?? 0) + count);
  const byPlayers = [...all].sort(([key, count], [other, more]) => more - count || (key < other ? -1 : 1));
  return byPlayers.slice(0, limit).map(([key]) => key);
}
