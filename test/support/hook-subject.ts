import type { HookSubject } from '../../src/service/hooks/hook-subject.ts';

/** Somebody whom hooks hear of; what is not named is made up. */
export function hookSubject(facts: Partial<HookSubject> = {}): HookSubject {
  return {
    stream: 'live/cam1',
    session: 'c7',
    protocol: 'rtmp',
    address: '192.0.2.1',
    isTls: false,
    client: 'FMLE/3.0',
    identity: undefined,
    query: 'lang=en',
    sentQuery: 'lang=en&key=s3cret',
    page: '',
    tcUrl: 'rtmp://relay.example/live',
    swfUrl: '',
    ...facts,
  };
}
