import { Text, Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Quality } from './pulse.ts';
import { detailsOf } from './quality-words.ts';
import classes from './Tools.module.css';

const WORDS = { good: 'Good', fair: 'Fair', poor: 'Poor' } as const;

/** How the line feels, and what comes over it. */
export function QualityMeter({ quality }: { quality: Quality | undefined }): ReactElement {
  const text = quality === undefined ? 'Measuring' : `${WORDS[quality.level]}, ${quality.roundTripMs} ms`;
  return (
    <Tooltip multiline w={260} label={<Details quality={quality} />}>
      <span
        className={classes.meter}
        data-level={quality?.level}
        data-testid="viewer-quality"
        role="img"
        aria-label={`Connection: ${quality === undefined ? text : `${text}, ${detailsOf(quality)}`}`}
      >
        <span className={classes.bars} aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        <Text
          component="span"
          size="xs"
          c="dimmed"
          aria-hidden="true"
          style={{ fontVariantNumeric: 'tabular-nums' }}
        >
          {quality === undefined ? '…' : `${quality.roundTripMs} ms`}
        </Text>
      </span>
    </Tooltip>
  );
}

function Details({ quality }: { quality: Quality | undefined }): ReactElement {
  if (quality === undefined) return <>From here to the gateway and back</>;
  return (
    <>
      {quality.roundTripMs} ms from here to the gateway and back, the middle of the last five measurements.
      <br />
      Now: {detailsOf(quality)}.
    </>
  );
}
