import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import { answered, api } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { moment } from "../logic/words";
import { Loaded } from "../parts/Loaded";
import "./chat.css";

/** Earlier conversations; each can be gone on with. */
export function Conversations({ current, about }: { current: string; about: string }) {
  const found = useLoaded(`conversations ${about}`, () => answered(api().GET("/conversations")));
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Go on with one; they are forgotten 30 days after their last question."
          actions={current ? <Button href="#/chat">New conversation</Button> : undefined}
        >
          Conversations
        </Header>
      }
    >
      <Loaded state={found}>
        {({ items }) =>
          items.length ? (
            <ul className="conversations">
              {items.map((one) => (
                <li key={one.conversation_id} aria-current={one.conversation_id === current ? "page" : undefined}>
                  {one.conversation_id === current ? (
                    <b>{one.title}</b>
                  ) : (
                    <Link href={`#/chat/${one.conversation_id}`}>{one.title}</Link>
                  )}
                  <div className="quiet">
                    {moment(one.updated_at)}, {one.asked_by}, {one.turns} {one.turns === 1 ? "question" : "questions"}
                  </div>
                </li>
              ))}
            </ul>
          ) : (
            <Box color="text-body-secondary">Nothing was asked yet.</Box>
          )
        }
      </Loaded>
    </Container>
  );
}
