/** What a thread answers: a function for each question, given what goes along with it. */
type Answers<A> = { readonly [Q in keyof A]: (...details: never[]) => unknown };

/** A question to another thread. */
export interface Ask<A> {
  readonly say: 'ask';
  readonly id: number;
  readonly question: keyof A;
  readonly details: readonly unknown[];
}

/** The answer to a question, whose id it repeats. */
export interface Answer {
  readonly say: 'answer';
  readonly id: number;
  readonly answer: unknown;
}

/** The questions that this thread asks another one, which answers as `A` says. */
export class Questions<A extends Answers<A>> {
  readonly #post: (question: Ask<A>) => void;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  constructor(post: (question: Ask<A>) => void) {
    this.#post = post;
  }

  /** @throws Error when the other thread has ended */
  ask<Q extends keyof A>(question: Q, ...details: Parameters<A[Q]>): Promise<Awaited<ReturnType<A[Q]>>> {
    const id = ++this.#lastId;
    const asked = Promise.withResolvers<unknown>();
    this.#open.set(id, asked);
    this.#post({ say: 'ask', id, question, details });
    return asked.promise as Promise<Awaited<ReturnType<A[Q]>>>; // threads of one program answer what was asked
  }

  onAnswer({ id, answer }: Answer): void {
    this.#open.get(id)?.resolve(answer);
    this.#open.delete(id);
  }

  /** The other thread has ended: what is open fails. */
  close(error: Error): void {
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}

/** Answers a question that another thread asks. */
export async function answer<A extends Answers<A>>(
  answers: A,
  { id, question, details }: Ask<A>,
): Promise<Answer> {
  const reply: (...details: never[]) => unknown = answers[question];
  return { say: 'answer', id, answer: await reply(...(details as never[])) };
}
