"""letter.py FILE...: mails as a reader sees them, headers and text decoded."""
import email, email.policy, sys

for path in sys.argv[1:]:
    with open(path, "rb") as f:
        mail = email.message_from_binary_file(f, policy=email.policy.default)
    for name, value in mail.items():
        print("%s: %s" % (name, value))
    print()
    print(mail.get_content(), end="")
