"""Asks a question, and sends what the answer proposes: python examples/client.py URL QUESTION NUMBER."""

import os
import sys

from api.client import Message, Refused, ZhikuClient, ZhikuError


def main(url: str, question: str, number: str) -> None:
    """Prints the answer and what became of the message."""
    with ZhikuClient(url, os.environ.get("ZHIKU_API_KEY", ""), trust_env=False) as zhiku:
        answer = zhiku.answer(question)
        print(answer.outcome, answer.text)
        for fact in answer.facts:
            print(f"  {fact.value} ← {fact.item_id} {fact.field}")
        ready = [offer for offer in answer.push if not offer.missing and offer.channel == "sms"]
        if not ready or answer.item is None:
            return
        message = Message(
            number=number,
            template_id=ready[0].template_id,
            channel=ready[0].channel,
            item_id=answer.item.id,
        )
        try:
            accepted = zhiku.send(message)
        except Refused as refused:
            print("不发：", *(f"{one.code} {one.reason}" for one in refused.declines))
        else:
            print(accepted.state, zhiku.message_record(accepted.message_id).text)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ZhikuError as error:
        sys.exit(str(error))
