// @ts-check

const ROOT = '/api/v1/';
const TOKEN_KEY = 'streampump token';

/** An answer has to begin within this time, milliseconds. */
const ANSWER_MS = 15_000;

/** The server has said no. */
export class ApiRefusal extends Error {
  /** @param {number} status - of HTTP @param {string} sentence - for people */
  constructor(status, sentence) {
    super(sentence);
    this.name = 'ApiRefusal';
    this.status = status;
  }

  /** Whether somebody with another token might be let in. */
  get isAboutRights() {
    return this.status === 401 || this.status === 403;
  }
}

/** Asks the server. The token, where there is one, is kept for this tab only and is sent in a header. */
export class ApiClient {
  get hasToken() {
    return sessionStorage.getItem(TOKEN_KEY) !== null;
  }

  /** @param {string} token - empty forgets it */
  setToken(token) {
    if (token === '') sessionStorage.removeItem(TOKEN_KEY);
    else sessionStorage.setItem(TOKEN_KEY, token);
  }

  /**
   * Begins a request; rejects with an ApiRefusal where the answer is no.
   * @param {string} path - below the API's root
   * @param {RequestInit} [init]
   */
  async request(path, init = {}) {
    const headers = new Headers(init.headers);
    const token = sessionStorage.getItem(TOKEN_KEY);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error('the server does not answer')), ANSWER_MS);
    const signal = init.signal ? AbortSignal.any([init.signal, late.signal]) : late.signal;
    try {
      const response = await fetch(ROOT + path, { cache: 'no-store', ...init, headers, signal });
      if (!response.ok) throw new ApiRefusal(response.status, await sentenceOf(response));
      return response;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Gets what there is at a path.
   * @param {string} path
   * @param {Readonly<Record<string, string>>} [query]
   * @returns {Promise<any>} as docs/api.md describes it
   */
  async get(path, query = {}) {
    const response = await this.request(withQuery(path, query));
    return response.json();
  }

  /**
   * Asks for a change.
   * @param {'POST' | 'PATCH'} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>} undefined where there is nothing to say
   */
  async send(method, path, body) {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await this.request(path, { method, ...(body === undefined ? {} : json) });
    return response.status === 204 ? undefined : response.json();
  }

  /**
   * Deletes what there is at a path.
   * @param {string} path
   * @param {Readonly<Record<string, string>>} [query]
   * @returns {Promise<any>} undefined where there is nothing to say
   */
  async delete(path, query = {}) {
    const response = await this.request(withQuery(path, query), { method: 'DELETE' });
    return response.status === 204 ? undefined : response.json();
  }
}

/** @param {string} path @param {Readonly<Record<string, string>>} query */
function withQuery(path, query) {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** @param {Response} response */
async function sentenceOf(response) {
  const text = await response.text().catch(() => '');
  try {
    const { message } = JSON.parse(text);
    if (typeof message === 'string') return message;
  } catch {
    // not one of the API's own answers
  }
  return `the server answered ${response.status}`;
}
