/** A way for a relay to get its streams from another one. */
export interface Edge {
  readonly child: string;
  /** Null: the original source. */
  readonly parent: string | null;
  readonly weight: number;
}

/** Gives edges by ascending weight; of the same weight in the order of their names, so that the same edges always come in the same order. */
export class EdgeHeap {
  readonly #edges: Edge[] = [];

  push(edge: Edge): void {
    const edges = this.#edges;
    let at = edges.length;
    edges.push(edge);
    for (let above = (at - 1) >> 1; at > 0 && isBefore(edge, edges[above]); above = (at - 1) >> 1) {
      edges[at] = edges[above] as Edge;
      at = above;
    }
    edges[at] = edge;
  }

  pop(): Edge | undefined {
    const edges = this.#edges;
    const [first] = edges;
    const last = edges.pop();
    if (last === undefined || edges.length === 0) return first;
    let at = 0;
    for (
      let next = lighter(edges, at);
      next !== undefined && isBefore(edges[next], last);
      next = lighter(edges, at)
    ) {
      edges[at] = edges[next] as Edge;
      at = next;
    }
    edges[at] = last;
    return first;
  }
}

/** Where the lighter one of the two below a place is. */
function lighter(edges: readonly Edge[], at: number): number | undefined {
  const left = 2 * at + 1;
  if (left >= edges.length) return undefined;
  return isBefore(edges[left + 1], edges[left]) ? left + 1 : left;
}

function isBefore(one: Edge | undefined, other: Edge | undefined): boolean {
  if (one === undefined || other === undefined) return one !== undefined;
  if (one.weight !== other.weight) return one.weight < other.weight;
  if (one.child !== other.child) return one.child < other.child;
  return (one.parent ?? '') < (other.parent ?? '');
}
