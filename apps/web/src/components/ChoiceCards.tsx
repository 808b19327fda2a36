import { type ReactElement, type ReactNode, useId } from 'react';
import classes from './ChoiceCards.module.css';

export type Choice<V extends string> = {
  value: V;
  title: string;
  /** One sentence: what choosing it means. */
  says: string;
  picture?: ReactNode;
};

/** One of a few, each with what it means. */
export function ChoiceCards<V extends string>({
  legend,
  about,
  choices,
  value,
  onChange,
  cardWidth = 210,
  testId,
}: {
  legend: string;
  about?: string;
  choices: readonly Choice<V>[];
  value: V;
  onChange: (value: V) => void;
  /** The least, in CSS pixels. */
  cardWidth?: number;
  testId: string;
}): ReactElement {
  const name = useId();
  return (
    <fieldset className={classes.choices} data-testid={testId}>
      <legend className={classes.legend}>{legend}</legend>
      {about !== undefined && <p className={classes.about}>{about}</p>}
      <div
        className={classes.cards}
        style={{ gridTemplateColumns: `repeat(auto-fill, minmax(min(100%, ${cardWidth}px), 1fr))` }}
      >
        {choices.map((choice) => (
          <label key={choice.value} className={classes.card}>
            {choice.picture !== undefined && <span className={classes.picture}>{choice.picture}</span>}
            <span className={classes.text}>
              <input
                type="radio"
                name={name}
                value={choice.value}
                checked={choice.value === value}
                onChange={() => onChange(choice.value)}
                aria-describedby={`${name}${choice.value}`}
                aria-label={choice.title}
              />
              <span className={classes.title}>{choice.title}</span>
              <span className={classes.says} id={`${name}${choice.value}`}>
                {choice.says}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
