import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

interface Properties {
  /** A new place clears the error of the old one. */
  place: string;
  children: ReactNode;
}

interface State {
  error: Error | undefined;
  place: string;
}

export class ErrorBoundary extends Component<Properties, State> {
  override state: State = { error: undefined, place: this.props.place };

  static getDerivedStateFromError(error: Error): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps(next: Properties, was: State): Partial<State> | null {
    return next.place === was.place ? null : { error: undefined, place: next.place };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Alert
        type="error"
        header="This page broke; the rest of the console still works"
        action={<Button onClick={() => location.reload()}>Load it again</Button>}
      >
        <p className="text">{error.message}</p>
        <p>What you typed is kept in this tab. The incidents themselves are not affected.</p>
      </Alert>
    );
  }
}
