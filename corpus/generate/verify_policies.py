"""Certificate policies along a path."""

import der
from verify_case import verify
from world import ROOT
from x509 import ca, leaf

GRAPH = "RFC 5280, 6.1.3 (d) to (f); RFC 9618, 5"
START = "RFC 5280, 6.1.1 (c) and (e) to (g)"
REQUIRE = "require-explicit-policy"
ANY = "2.5.29.32.0"


def policy(number):
    return f"1.3.6.1.4.1.99999.1.{number}"


P1, P2, P3 = policy(1), policy(2), policy(3)
ONE = der.policies(P1)


def chain(leaf_more, *ca_mores):
    """A leaf, and the CAs between it and the root, from the top, each with what is said of it."""
    above, between = ROOT, []
    for number, more in enumerate(ca_mores, 1):
        subject = None
        if more and more[0] == "self-issued":
            subject, more = above.subject, more[1:]
        above = ca(f"Policy CA {number}", f"p256-chain{(number - 1) % 5 + 1}", above, subject=subject, more=tuple(more))
        between.append(above)
    return leaf(above, more=tuple(leaf_more)), between


def check(name, why, source, made, rules=(), **settings):
    verify(name, why, source, made[0], [ROOT], made[1], rules=rules, **settings)


def explicit():
    refused = ["policy"]
    check("policy-explicit-and-none", "A policy is required, and no certificate has one.", START, chain([], []), refused, flags=[REQUIRE])
    check("policy-near-miss-none-required", "Without policies a path is valid for any that are not required.", START, chain([], []))
    check("policy-near-miss-explicit", "One policy from top to bottom.", START, chain([ONE], [ONE]), flags=[REQUIRE], policies=[P1])
    check("policy-ca-without", "A CA without policies between ends every policy above it.", GRAPH, chain([ONE], [ONE], []), refused, flags=[REQUIRE])
    check("policy-other-below", "The leaf has a policy that its CA does not have.", GRAPH, chain([der.policies(P2)], [ONE]), refused, flags=[REQUIRE])
    check("policy-not-accepted", "The path is valid for a policy that was not asked for.", START, chain([ONE], [ONE]), [("policy", P1, P2)],
          flags=[REQUIRE], policies=[P2])
    check("policy-near-miss-one-of-several", "One of the accepted policies is enough.", START, chain([der.policies(P2, P3)], [der.policies(P1, P3)]),
          flags=[REQUIRE], policies=[P1, P3])
    check("policy-near-miss-not-accepted-not-required", "What is accepted counts only where a policy is required.", "RFC 5280, 6.1.5 (g)",
          chain([ONE], [ONE]), policies=[P2])
    check("policy-near-miss-any-accepted", "anyPolicy among the accepted ones accepts all.", START, chain([ONE], [ONE]), flags=[REQUIRE], policies=[ANY])
    source = "RFC 5280, 4.2.1.11 and 6.1.4 (i)"
    need = lambda number: der.policy_constraints(explicit_after=number)
    check("policy-required-by-ca", "A CA may require policies of all below it.", source, chain([], [ONE, need(0)]), refused)
    check("policy-near-miss-required-by-ca", "A CA may require policies of all below it, and they have them.", source, chain([ONE], [ONE, need(0)]))
    check("policy-required-in-time", "One certificate may follow without being held to it: the second one is.", source,
          chain([], [ONE, need(1)], [ONE]), refused)
    check("policy-near-miss-required-too-late", "The path is over before the requirement begins.", source, chain([], [ONE, need(3)], [ONE]))
    check("policy-near-miss-self-issued-does-not-count", "A CA's certificate for itself does not use up the number.", "RFC 5280, 6.1.4 (h)",
          chain([], [ONE, need(2)], ["self-issued", ONE]))
    check("policy-required-by-leaf", "The leaf itself may require a policy, with zero.", "RFC 5280, 6.1.5 (b)", chain([need(0)], [ONE]), refused)
    check("policy-near-miss-required-by-leaf-later", "The leaf requires a policy for what follows it; nothing does.", "RFC 5280, 6.1.5 (b)",
          chain([need(1)], [ONE]))
    root = ca("Policy Root CA", "p256-new-root", more=(der.policies(P2), need(0)))
    verify("policy-near-miss-anchor", "What an anchor's certificate says of policies does not count.", "RFC 5280, 6.1.1 (d)", leaf(root), [root])


def mappings():
    source = "RFC 5280, 4.2.1.5 and 6.1.4 (b)"
    refused = ["policy"]
    maps = lambda *pairs: [ONE, der.policy_mappings(*pairs)]
    two = [der.policies(P2)]
    check("policy-near-miss-mapped", "The CA says that its policy is called otherwise below.", source, chain(two, maps((P1, P2))),
          flags=[REQUIRE], policies=[P1])
    check("policy-mapped-is-named-from-above", "The path is valid for the policy's name at the top, not for the one below.", source,
          chain(two, maps((P1, P2))), refused, flags=[REQUIRE], policies=[P2])
    check("policy-mapped-away", "A policy that is mapped no longer has its own name below.", source, chain([ONE], maps((P1, P2))), refused,
          flags=[REQUIRE])
    check("policy-near-miss-mapped-to-several", "One policy may be mapped to several.", source, chain([der.policies(P3)], maps((P1, P2), (P1, P3))),
          flags=[REQUIRE], policies=[P1])
    check("policy-mapped-but-not-listed", "A mapping of a policy that the CA does not have maps nothing.", source, chain(two, maps((P3, P2))), refused,
          flags=[REQUIRE])
    check("policy-mapping-inhibited", "Mappings were forbidden at the start.", START, chain(two, maps((P1, P2))), refused,
          flags=[REQUIRE, "inhibit-policy-mapping"])
    stop = lambda number: der.policy_constraints(mapping_until=number)
    check("policy-mapping-inhibited-by-ca", "A CA forbids mappings below it.", source, chain(two, [ONE, stop(0)], maps((P1, P2))), refused,
          flags=[REQUIRE])
    check("policy-near-miss-mapping-allowed-once", "A CA forbids mappings after one more.", source, chain(two, [ONE, stop(1)], maps((P1, P2))),
          flags=[REQUIRE], policies=[P1])
    check("policy-any-mapped-from", "anyPolicy must not be mapped, whether a policy is required or not.", "RFC 5280, 6.1.4 (a)",
          chain(two, [ONE, der.policy_mappings((ANY, P2))]), refused)
    check("policy-any-mapped-to", "Nothing may be mapped to anyPolicy.", "RFC 5280, 6.1.4 (a)", chain(two, maps((P1, ANY))), refused)
    check("policy-near-miss-mapped-any", "A CA with anyPolicy may map any policy.", "RFC 5280, 6.1.4 (b)(1)",
          chain(two, [der.policies(ANY), der.policy_mappings((P1, P2))]), flags=[REQUIRE], policies=[P1])
    check("policy-mapped-any-other", "A CA with anyPolicy maps one policy; the path is valid for that one.", "RFC 5280, 6.1.4 (b)(1)",
          chain(two, [der.policies(ANY), der.policy_mappings((P1, P2))]), refused, flags=[REQUIRE], policies=[P3])
    width, depth = 12, 6
    all_of = [policy(number) for number in range(1, width + 1)]
    every = [der.policies(*all_of), der.policy_mappings(*((one, other) for one in all_of for other in all_of))]
    check("policy-many-to-many", "Six CAs map each of twelve policies to all of them: a tree would have three million leaves, the graph has 72 nodes.",
          "RFC 9618, 1.1 and 5", chain([der.policies(policy(99))], *[every] * depth), refused, flags=[REQUIRE])
    check("policy-near-miss-many-to-many", "As many mappings, and one policy left at the end.", "RFC 9618, 5",
          chain([der.policies(policy(7))], *[every] * depth), flags=[REQUIRE], policies=[policy(12)])


def any_policy():
    source = "RFC 5280, 4.2.1.14 and 6.1.3 (d)(2)"
    any_of, refused = [der.policies(ANY)], ["policy"]
    check("policy-near-miss-any-of-ca", "anyPolicy of a CA stands for the leaf's.", source, chain([ONE], any_of), flags=[REQUIRE], policies=[P1])
    check("policy-near-miss-any-of-leaf", "anyPolicy of the leaf stands for the CA's.", source, chain(any_of, [ONE]), flags=[REQUIRE], policies=[P1])
    check("policy-near-miss-any-throughout", "With anyPolicy alone the path is valid for every policy.", source, chain(any_of, any_of), flags=[REQUIRE], policies=[P3])
    check("policy-any-inhibited", "anyPolicy was forbidden at the start.", START, chain([ONE], any_of), refused, flags=[REQUIRE, "inhibit-any-policy"])
    stop = der.inhibit_any_policy
    check("policy-any-inhibited-by-ca", "A CA lets anyPolicy of those below stand for nothing.", source, chain([ONE], [ONE, stop(0)], any_of), refused, flags=[REQUIRE])
    check("policy-any-of-leaf-inhibited", "The leaf's anyPolicy stands for nothing either.", source, chain(any_of, [ONE, stop(0)]), refused, flags=[REQUIRE])
    check("policy-near-miss-any-inhibited-later", "One more certificate may use anyPolicy.", source, chain([ONE], [ONE, stop(1)], any_of), flags=[REQUIRE])
    check("policy-near-miss-any-of-self-issued", "A self-issued certificate may use it all the same.", source,
          chain([ONE], [ONE, stop(0)], ["self-issued", *any_of]), flags=[REQUIRE])


def forms():
    source = "RFC 5280, 4.2.1.4"
    practice = der.sequence(der.sequence(der.oid("1.3.6.1.5.5.7.2.1"), der.text("http://example.com/cps", "ia5")))
    notice = der.sequence(der.sequence(der.oid("1.3.6.1.5.5.7.2.2"), der.sequence(der.text("Read this."))))
    check("policy-near-miss-qualifiers", "Qualifiers are for people; a critical extension with them is understood.", source,
          chain([der.policies((P1, practice), (P2, notice), critical=True)], [der.policies((P1, notice), critical=True)]), flags=[REQUIRE], policies=[P1])
    check("policy-repeated", "A policy must not be listed twice.", source, chain([der.policies(P1, P1)], [ONE]), [("policy", "cannot be read")])
    check("policy-none-listed", "The extension must list a policy.", source, chain([der.policies()], [ONE]), [("policy", "cannot be read")])
    check("policy-empty-constraints", "policyConstraints must constrain something.", "RFC 5280, 4.2.1.11", chain([ONE], [ONE, der.policy_constraints()]),
          [("policy", "cannot be read")])


def write():
    explicit()
    mappings()
    any_policy()
    forms()
