/** Relays that serve an address with the same priority. */
export interface Tier<Relay> {
  readonly priority: number;
  /** Each once. */
  readonly relays: readonly Relay[];
}

/**
 * The tiers of a network within another one, by descending priority: those of the other one and its own together. A relay may stand in
 * a lower tier as well, where it never counts: whoever is no candidate in the higher one is none there.
 */
export function joinTiers<Relay>(
  outer: readonly Tier<Relay>[],
  own: ReadonlyMap<number, ReadonlySet<Relay>>,
): readonly Tier<Relay>[] {
  if (own.size === 0) return outer;
  const joined = outer.map((tier) => joinTier(tier, own.get(tier.priority)));
  const known = new Set(outer.map(({ priority }) => priority));
  for (const [priority, relays] of own)
    if (!known.has(priority)) joined.push({ priority, relays: [...relays] });
  return joined.sort((one, other) => other.priority - one.priority);
}

/** The same object where nobody is new, so that tiers of many networks share what is kept of them. */
function joinTier<Relay>(tier: Tier<Relay>, own: ReadonlySet<Relay> | undefined): Tier<Relay> {
  if (own === undefined) return tier;
  const known = new Set(tier.relays);
  const added = [...own].filter((relay) => !known.has(relay));
  return added.length === 0 ? tier : { ...tier, relays: [...tier.relays, ...added] };
}
