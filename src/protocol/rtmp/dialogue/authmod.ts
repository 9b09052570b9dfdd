/**
 * The challenge that encoders answer, `authmod=adobe`, in three connections: the first is told that user and password are wanted,
 * the second shows the user and is given a salt and a challenge, the third shows the answer. Each speaks by the query behind its
 * app and hears by the description of its refusal. There is no specification; what stands here is what ffmpeg 5.1, librtmp,
 * OBS 29 and GStreamer 1.22 read and write.
 */

/** What a client has shown; an empty text where it is missing, or there twice. */
export interface AuthmodAnswer {
  /** The client's own challenge. */
  readonly challenge: string;
  /** Base64 of MD5(Base64 of MD5(user + salt + password) + the server's challenge + the client's). */
  readonly response: string;
  /** The server's challenge, given back. */
  readonly opaque: string;
}

/** A client that does authmod. */
export interface Authmod {
  readonly user: string;
  /** Undefined until it has got a challenge. */
  readonly answer: AuthmodAnswer | undefined;
}

/** Where authmod begins: clients put a `?` before it though there may be a query already. */
const start = /[?&]authmod=adobe(?=&|$)/;

/** Of 16 bytes in Base64. librtmp 2.4 sends what stands in its memory behind it. */
const RESPONSE_LENGTH = 24;

const names: ReadonlySet<string> = new Set(['user', 'challenge', 'response', 'opaque', 'authmod']);

/** Takes what belongs to authmod out of an app. Its values are as they were sent: nobody encodes them. */
export function splitAuthmod(app: string): { readonly app: string; readonly authmod: Authmod | undefined } {
  const found = start.exec(app);
  if (found === null) return { app, authmod: undefined };
  const values = new Map<string, string>();
  const others: string[] = [];
  for (const part of app.slice(found.index + found[0].length).split('&')) {
    const [name = ''] = part.split('=', 1);
    // of two nobody knows which one is meant
    if (names.has(name)) values.set(name, values.has(name) ? '' : part.slice(name.length + 1));
    else if (part !== '') others.push(part);
  }
  const plain = app.slice(0, found.index);
  const rest = others.join('&');
  const get = (name: string): string => values.get(name) ?? '';
  const isAnswer = values.has('response') || values.has('challenge');
  const response = get('response').slice(0, RESPONSE_LENGTH);
  const answer = { challenge: get('challenge'), response, opaque: get('opaque') };
  return {
    app: rest === '' ? plain : `${plain}${plain.includes('?') ? '&' : '?'}${rest}`,
    authmod: { user: get('user'), answer: isAnswer ? answer : undefined },
  };
}

/** Says in the first connection that user and password are wanted; those that have none show the sentence. */
export function authmodNeeded(sentence: string): string {
  return `[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ${sentence}`;
}

/** Asks in the second connection. Everything goes into the answer as it is. @param opaque - also the challenge, as clients differ in which they use */
export function authmodChallenge(user: string, salt: string, opaque: string): string {
  const query = `user=${user}&salt=${salt}&challenge=${opaque}&opaque=${opaque}`;
  return `[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&${query}`;
}

/** Says in the third connection that the answer is wrong. */
export function authmodFailed(sentence: string): string {
  return `[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&message=${sentence}`;
}
