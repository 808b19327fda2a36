import fc from 'fast-check';
import { expect, test } from 'vitest';
import { convertProgress, downloadProgress, installProgress, overall, STEPS } from './progress.ts';

test("reads apt's download status", () => {
  expect(downloadProgress('dlstatus:3:12.5:Retrieving file 3 of 24')).toEqual({
    within: 0.125,
    detail: 'Retrieving file 3 of 24',
  });
  expect(downloadProgress('Get:1 http://mirror.example bookworm')).toBeUndefined();
});

test('counts each package once unpacked and once set up', () => {
  const follow = installProgress(2);
  const within = [
    'I: extracting archives...',
    'Unpacking libc6:amd64 (2.36) ...',
    'Unpacking libc6:amd64 (2.36) over (2.36) ...',
    'Setting up libc6:amd64 (2.36) ...',
    'Unpacking dash (0.5) ...',
    'Setting up dash (0.5) ...',
    'Processing triggers for libc-bin (2.36) ...',
  ].map((line) => follow(line)?.within);
  expect(within.map((value) => value?.toFixed(3))).toEqual([
    '0.000',
    '0.225',
    '0.225',
    '0.450',
    '0.675',
    '0.900',
    '0.900',
  ]);
  expect(follow('Preparing to unpack .../dash.deb ...')).toBeUndefined();
});

test("reads qemu-img's percentage", () => {
  expect(convertProgress('    (12.34/100%)')?.within).toBeCloseTo(0.1234);
  expect(convertProgress('qemu-img: error')).toBeUndefined();
});

test('the shares of the steps make up the whole, in order', () => {
  expect(STEPS.reduce((sum, step) => sum + step.share, 0)).toBeCloseTo(1);
  const marks = STEPS.flatMap((step) => [overall(step.name, 0), overall(step.name, 1)]);
  expect(marks).toEqual([...marks].sort((a, b) => a - b));
  expect(marks.at(-1)).toBeCloseTo(1);
});

test('no line of any program makes the fraction leave 0 to 1', () => {
  const text = fc.oneof(
    fc.string(),
    fc.float().map((value) => `dlstatus:1:${value}:x`),
    fc.float().map((value) => `   (${value}/100%)`),
    fc.string().map((name) => `Unpacking ${name}`),
  );
  fc.assert(
    fc.property(fc.array(text), (lines) => {
      const follow = installProgress(3);
      for (const line of lines) {
        for (const progress of [downloadProgress(line), convertProgress(line), follow(line)]) {
          if (progress === undefined) continue;
          expect(progress.within).toBeGreaterThanOrEqual(0);
          expect(progress.within).toBeLessThanOrEqual(1);
        }
      }
    }),
  );
});
