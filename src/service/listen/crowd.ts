import { Queue, type Queued } from './queue.ts';

/** The members of a crowd that count together, in the order in which they are to go. */
export class CrowdGroup<M extends Queued<M>> implements Queued<CrowdGroup<M>> {
  ahead: CrowdGroup<M> | undefined;
  behind: CrowdGroup<M> | undefined;
  readonly members: Queue<M> = new Queue();
}

/** A crowd of groups that knows the largest of them: every step takes the same time, however many there are. */
export class Crowd<M extends Queued<M>> {
  /** Groups with so many members and one more; of those with equally many the one that was not changed for longest is first. */
  readonly #bySize: Queue<CrowdGroup<M>>[] = [];
  #size = 0;

  /** How many members all groups have together. */
  get size(): number {
    return this.#size;
  }

  /** The group with the most members; undefined when there are none. */
  get largest(): CrowdGroup<M> | undefined {
    return this.#bySize.at(-1)?.first;
  }

  /** Adds a member that is to go after all others of its group, or before them. */
  add(member: M, group: CrowdGroup<M>, goes: 'last' | 'first' = 'last'): void {
    this.#unrank(group);
    if (goes === 'last') group.members.append(member);
    else group.members.prepend(member);
    this.#size++;
    this.#rank(group);
  }

  /** @param member - one of this group */
  remove(member: M, group: CrowdGroup<M>): void {
    this.#unrank(group);
    group.members.remove(member);
    this.#size--;
    this.#rank(group);
    if (this.#bySize.at(-1)?.size === 0) this.#bySize.pop(); // the group itself stands right below
  }

  #rank(group: CrowdGroup<M>): void {
    const { size } = group.members;
    if (size === 0) return;
    if (size > this.#bySize.length) this.#bySize.push(new Queue());
    this.#bySize[size - 1]?.append(group);
  }

  #unrank(group: CrowdGroup<M>): void {
    this.#bySize[group.members.size - 1]?.remove(group);
  }
}
