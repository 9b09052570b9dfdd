/** One block of server-sent events, as a client reads it. */
export interface SentBlock {
  readonly id?: string;
  readonly event?: string;
  readonly data?: Record<string, unknown>;
}

/** Reads a text of server-sent events; comments and other fields are left out, and so is a block that is not whole. */
export function readBlocks(text: string): SentBlock[] {
  const whole = text.slice(0, text.lastIndexOf('\n\n') + 2);
  return whole.split('\n\n').flatMap((block) => {
    const fields = Object.fromEntries(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    const { id, event, data } = fields;
    if (id === undefined && event === undefined) return [];
    return [
      {
        ...(id === undefined ? {} : { id }),
        ...(event === undefined ? {} : { event }),
        ...(data === undefined ? {} : { data: JSON.parse(data) as Record<string, unknown> }),
      },
    ];
  });
}
