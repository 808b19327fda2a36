import fc from 'fast-check';
import { expect, it } from 'vitest';
import { errorOfProblem, problemOf } from './problem.ts';

it('whatever a server or a proxy answers is an error with a status of one, or no problem', () => {
  const member = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.constant(null), fc.jsonValue());
  const near = fc.record(
    {
      code: member,
      status: fc.oneof(fc.integer({ min: 390, max: 610 }), member),
      detail: member,
      errors: member,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), near), (body) => {
      const error = errorOfProblem(body);
      if (error === undefined) return;
      expect(error.status).toBeGreaterThanOrEqual(400);
      expect(typeof error.message).toBe('string');
    }),
  );
});

it('whatever an operation fails with is a problem of its own status', () => {
  const data = fc.oneof(fc.jsonValue(), fc.record({ issues: fc.array(fc.record({ message: fc.string() })) }));
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 400, max: 599 }), data, (code, status, data) => {
      const problem = problemOf({ code, status, data });
      expect(problem.status).toBe(status);
      expect(errorOfProblem(JSON.parse(JSON.stringify(problem)))).toMatchObject({ code, status });
    }),
  );
});
