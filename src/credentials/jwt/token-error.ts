/** A token is not good; the message is a sentence for whoever showed it. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  /**
   * `broken`: no token, or nobody with a key has signed it; `unknown-key`: its key is not among those that there are; `expired`;
   * `unfit`: genuine, and for something else.
   */
  readonly kind: 'broken' | 'unknown-key' | 'expired' | 'unfit';
  constructor(kind: TokenError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Whether a text looks like a token, and not like a password. */
export function isTokenLike(text: string): boolean {
  return text.startsWith('eyJ') && text.split('.', 4).length === 3;
}
