/** What can stand in one queue at a time; the queue alone changes its neighbours. */
export interface Queued<T> {
  ahead: T | undefined;
  behind: T | undefined;
}

/** A queue that can be left from anywhere: every step takes the same time, however long it is. */
export class Queue<T extends Queued<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whose turn it is; undefined when nobody stands here. */
  get first(): T | undefined {
    return this.#first;
  }

  /** Behind all others. */
  append(item: T): void {
    item.ahead = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.behind = item;
    this.#last = item;
    this.#size++;
  }

  /** Before all others. */
  prepend(item: T): void {
    item.behind = this.#first;
    if (this.#first === undefined) this.#last = item;
    else this.#first.ahead = item;
    this.#first = item;
    this.#size++;
  }

  /** @param item - one that stands here */
  remove(item: T): void {
    const { ahead, behind } = item;
    if (ahead === undefined) this.#first = behind;
    else ahead.behind = behind;
    if (behind === undefined) this.#last = ahead;
    else behind.ahead = ahead;
    item.ahead = undefined;
    item.behind = undefined;
    this.#size--;
  }
}
