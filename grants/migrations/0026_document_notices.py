"""Of what a tenant sent by a link, the advisor in charge is told."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("grants", "0025_rent_roll_jobs"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="mailchoice",
            name="topic",
            field=models.CharField(
                choices=[
                    ("submitted", "An application is to be assessed: submitted, completed, sent back or reopened"),
                    ("info_requested", "Information is requested, or still awaited"),
                    ("assessed", "An opinion was given on my application"),
                    ("visa", "An application awaits a visa"),
                    ("approved", "An application was approved"),
                    ("rejected", "An application was rejected"),
                    ("credited", "A relief was credited"),
                    ("reversed", "A cancellation or a reversal was asked for, confirmed or refused"),
                    ("reservation", "A reservation is about to expire, or has expired"),
                    ("offer", "Freed money is offered to the waiting list"),
                    ("fund_level", "The fund has reached a warning level (80 %, 95 %…)"),
                    ("ledger", "The verification of the ledger found faults"),
                    ("document", "A tenant sent documents by the link it was given"),
                    ("other", "Everything else: an application put in my charge…"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="topic",
            field=models.CharField(
                choices=[
                    ("submitted", "An application is to be assessed: submitted, completed, sent back or reopened"),
                    ("info_requested", "Information is requested, or still awaited"),
                    ("assessed", "An opinion was given on my application"),
                    ("visa", "An application awaits a visa"),
                    ("approved", "An application was approved"),
                    ("rejected", "An application was rejected"),
                    ("credited", "A relief was credited"),
                    ("reversed", "A cancellation or a reversal was asked for, confirmed or refused"),
                    ("reservation", "A reservation is about to expire, or has expired"),
                    ("offer", "Freed money is offered to the waiting list"),
                    ("fund_level", "The fund has reached a warning level (80 %, 95 %…)"),
                    ("ledger", "The verification of the ledger found faults"),
                    ("document", "A tenant sent documents by the link it was given"),
                    ("other", "Everything else: an application put in my charge…"),
                ],
                db_default="other",
                max_length=20,
                verbose_name="topic",
            ),
        ),
    ]
