import type { ReactElement } from 'react';
import classes from './ProgramIcon.module.css';

/** Dark enough for white letters. */
const GROUNDS = ['#b64a12', '#2f7638', '#6b4f8f', '#2b7a9b', '#9a3a5c', '#566879'] as const;

/** A program's own picture; its first letter on a colour of its own where it has none. */
export function ProgramIcon({
  icon,
  title,
  size,
}: {
  icon: string | null;
  title: string;
  size: number;
}): ReactElement {
  const style = { width: size, height: size };
  if (icon !== null) {
    return (
      <span className={classes.icon} style={style}>
        <img src={`data:image/png;base64,${icon}`} alt="" width={size} height={size} />
      </span>
    );
  }
  const ground = GROUNDS[title.length % GROUNDS.length];
  return (
    <span
      className={classes.icon}
      style={{ ...style, background: ground, fontSize: size * 0.48 }}
      aria-hidden="true"
    >
      <span className={classes.letter}>{title.trim()[0] ?? '?'}</span>
    </span>
  );
}
