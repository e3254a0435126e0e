"""That a form's calls can be believed and read. Nothing is called: a form has no other side."""

from canonical.problems import NeedsOperator
from connectors.kit.access import Access
from connectors.kit.registry import Verified
from connectors.kit.signatures import SHORTEST_ADDRESS
from connectors.webform.proofs import NoSuchProof, proof_of
from connectors.webform.tools import BY_NAME


def verify(access: Access) -> Verified:
    """Reads the connection alone.

    Raises:
        NeedsOperator: the secret is missing or short, the tool or the way to sign is none.
    """
    where, settings = access.where("verify"), access.connection.settings
    if len(access.credential("secret")) < SHORTEST_ADDRESS:
        raise NeedsOperator(
            where,
            f"the secret has fewer than {SHORTEST_ADDRESS} characters.",
            next_step="Make a long random one, put it into the form's webhook as well, then run:  glowline check",
        )
    try:
        proof = proof_of(settings)
    except NoSuchProof as wrong:
        raise NeedsOperator(where, str(wrong), next_step="connectors/webform/README.md lists the ways.") from None
    tool = settings.get("tool", "")
    if tool and tool not in BY_NAME:
        raise NeedsOperator(where, "tool is none we know.", next_step=f"Write one of: {', '.join(BY_NAME)}.")
    return Verified(
        proved=("secret", "proof", "tool"),
        warnings=() if tool else (_GUESSED,),
        facts={"tool": tool or "guessed", "proof": proof.header if proof else "address"},
    )


_GUESSED = "The connection names no tool, so each submission is guessed at. Add to its settings:  tool: elementor"
