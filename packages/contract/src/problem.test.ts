import { describe, expect, it } from 'vitest';
import { errorOfProblem, problemOf, readable } from './problem.ts';

describe('a problem', () => {
  it('says what its code means, and what happened this time', () => {
    expect(problemOf({ code: 'CONFLICT', status: 409, message: 'There is a pool named a already' })).toEqual({
      type: '/api/problems/CONFLICT',
      title: 'It is not in a state that allows this',
      status: 409,
      detail: 'There is a pool named a already',
      code: 'CONFLICT',
    });
  });

  it('points at what cannot be read', () => {
    const issues = [
      { path: ['limits', 'a/b', 0], message: 'Too small' },
      { path: [{ key: 'name' }], message: 'Missing' },
      { message: 'Not at all' },
    ];
    const problem = problemOf({ code: 'BAD_REQUEST', message: 'Input validation failed', data: { issues } });
    expect(problem.detail).toBe('This cannot be read: limits/a~1b/0: Too small');
    expect(problem.errors).toEqual([
      { pointer: '#/limits/a~1b/0', detail: 'Too small' },
      { pointer: '#/name', detail: 'Missing' },
      { pointer: '#', detail: 'Not at all' },
    ]);
  });

  it('becomes the error again that it was', () => {
    const error = errorOfProblem(problemOf({ code: 'NOT_FOUND', status: 404, message: 'Gone' }));
    expect(error).toMatchObject({ code: 'NOT_FOUND', status: 404, message: 'Gone', defined: true });
    expect(errorOfProblem(problemOf({ code: 'TEAPOT', status: 418 }))).toMatchObject({
      status: 418,
      defined: false,
    });
  });

  it('is read as JSON by clients that know nothing else', async () => {
    const headers = { 'content-type': 'application/problem+json; charset=utf-8' };
    const answer = readable(new Response('{"a":1}', { status: 409, headers }));
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({ a: 1 });
  });
});
